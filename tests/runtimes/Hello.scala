object Hello {
  case class Item(name: String, price: Int)

  def main(arguments: Array[String]): Unit = {
    val items = List(Item("one", 1), Item("three", 3), Item("two", 2))
    println("hello from scala " + items.sortBy(_.price).map(_.name).mkString(" ") + " " + (1 to 100).par.sum)
  }
}
