def squares = (1..10).collectEntries { [it, it * it] }
println "hello from groovy ${squares.values().sum()} ${squares.findAll { key, value -> value > 50 }.keySet()}"
