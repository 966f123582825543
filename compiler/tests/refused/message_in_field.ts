export class Entry {
  text: Message = "";
}
