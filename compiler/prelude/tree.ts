// An ordered tree whose nodes lie in the elements: no allocation, and the neighbours of an element at hand.
//
//   class Area {
//     readonly node = new TreeNode<Area>();
//     compare(other: Area): i32 { return this.start < other.start ? -1 : this.start > other.start ? 1 : 0; }
//   }
//   const areas = new Tree<Area>();
//   const area = areas.floor((candidate) => candidate.start <= address);
//
// It is an AVL tree: the heights of two siblings differ by one at most, which keeps the depth below 1.44 log2(n).
// Why AVL: the kernel looks up far more often than it inserts (an area for each page fault), and this is the flattest of
// the simple trees. A red-black tree rotates less on changes but is deeper; a treap needs random numbers and its worst case
// is only improbable.
// Invariants: an element is after everything in its left subtree and not after anything in its right one; height is
// 1 + the larger height below, 0 exactly for an element in no tree; equal elements stay in the order of insertion;
// `first` is the leftmost element. An object in several trees embeds a TreeEntry-like class of its own for each.

/** What an element is made of: a field `node`, inline, and an order. */
export interface Ordered<T> {
  readonly node: Embedded<TreeNode<T>>;
  /** Negative when this element comes before the other, positive when it comes after, 0 when they are equal. */
  compare(other: T): i32;
}

/** The place of an element in a tree. */
export class TreeNode<T> {
  parent: T | null = null;
  left: T | null = null;
  right: T | null = null;
  /** Levels of the subtree that starts here; 0 when the element is in no tree. */
  height: u32 = 0;
}

/** A tree of T, in the order of its compare(). The owner of the tree locks. */
export class Tree<T extends Ordered<T>> {
  /** The topmost element. Others only read it, for searches of their own. */
  root: T | null = null;
  /** The element before all others. Others only read it. */
  first: T | null = null;

  /** Whether there is no element. */
  isEmpty(): boolean {
    return this.root === null;
  }

  /** The element after all others. */
  last(): T | null {
    let element = this.root;
    if (element === null) return null;
    for (let right = element.node.right; right !== null; right = right.node.right) element = right;
    return element;
  }

  /** The element after this one. */
  next(element: T): T | null {
    let below = element.node.right;
    if (below !== null) {
      for (let left = below.node.left; left !== null; left = left.node.left) below = left;
      return below;
    }
    let child = element;
    let parent = element.node.parent;
    while (parent !== null && parent.node.right === child) {
      child = parent;
      parent = child.node.parent;
    }
    return parent;
  }

  /** The element before this one. */
  previous(element: T): T | null {
    let below = element.node.left;
    if (below !== null) {
      for (let right = below.node.right; right !== null; right = right.node.right) below = right;
      return below;
    }
    let child = element;
    let parent = element.node.parent;
    while (parent !== null && parent.node.left === child) {
      child = parent;
      parent = child.node.parent;
    }
    return parent;
  }

  /** The element for which `order` gives 0: it says where an element lies from the wanted one, as compare() does. */
  find(order: (element: T) => i32): T | null {
    let place = this.root;
    while (place !== null) {
      const side = order(place);
      if (side === 0) return place;
      place = side > 0 ? place.node.left : place.node.right;
    }
    return null;
  }

  /** The first element that is not before a key. `isBefore` holds for the elements up to some place, and for none after it. */
  lowerBound(isBefore: (element: T) => boolean): T | null {
    let found: T | null = null;
    let place = this.root;
    while (place !== null) {
      if (isBefore(place)) {
        place = place.node.right;
      } else {
        found = place;
        place = place.node.left;
      }
    }
    return found;
  }

  /** The last element that is not after a key. `isNotAfter` holds for the elements up to some place, and for none after it. */
  floor(isNotAfter: (element: T) => boolean): T | null {
    let found: T | null = null;
    let place = this.root;
    while (place !== null) {
      if (isNotAfter(place)) {
        found = place;
        place = place.node.right;
      } else {
        place = place.node.left;
      }
    }
    return found;
  }

  /** Adds an element, after those that are equal to it. */
  insert(element: T): void {
    const node = element.node;
    assert(node.height === 0, "tree: the element to insert is in a tree already");
    let parent: T | null = null;
    let place = this.root;
    let isLeft = false;
    let isFirst = true;
    while (place !== null) {
      parent = place;
      isLeft = element.compare(place) < 0;
      if (isLeft) {
        place = place.node.left;
      } else {
        place = place.node.right;
        isFirst = false;
      }
    }
    node.parent = parent;
    node.left = null;
    node.right = null;
    node.height = 1;
    if (isFirst) this.first = element;
    if (parent === null) this.root = element;
    else if (isLeft) parent.node.left = element;
    else parent.node.right = element;
    this.rebalance(parent);
  }

  /** Takes an element out. It must be in this tree. */
  remove(element: T): void {
    const node = element.node;
    assert(node.height !== 0, "tree: the element to remove is in no tree");
    if (this.first === element) this.first = this.next(element);
    const left = node.left;
    const right = node.right;
    let lowestChanged = node.parent;
    if (left !== null && right !== null) {
      lowestChanged = this.replaceBySuccessor(element, left, right);
    } else {
      this.replace(element, left !== null ? left : right);
    }
    node.parent = null;
    node.left = null;
    node.right = null;
    node.height = 0;
    this.rebalance(lowestChanged);
  }

  /** Puts the next element in the place of one with two children; gives the lowest element whose subtrees changed. */
  private replaceBySuccessor(element: T, left: T, right: T): T {
    let successor = right;
    for (let below = right.node.left; below !== null; below = below.node.left) successor = below;
    const node = successor.node;
    let lowestChanged = successor;
    if (successor !== right) {
      lowestChanged = node.parent!;
      this.replace(successor, node.right);
      node.right = right;
      right.node.parent = successor;
    }
    node.left = left;
    left.node.parent = successor;
    node.height = element.node.height;
    this.replace(element, successor);
    return lowestChanged;
  }

  /** Makes the parent of an element (or the root) point to another one instead, which may be none. */
  private replace(element: T, replacement: T | null): void {
    const parent = element.node.parent;
    if (replacement !== null) replacement.node.parent = parent;
    if (parent === null) this.root = replacement;
    else if (parent.node.left === element) parent.node.left = replacement;
    else parent.node.right = replacement;
  }

  /** Restores heights and balance from an element upwards, until a height comes out as it was. */
  private rebalance(start: T | null): void {
    let place = start;
    while (place !== null) {
      const before = place.node.height;
      const left = this.height(place.node.left);
      const right = this.height(place.node.right);
      let top = place;
      if (left > right + 1) {
        const child = place.node.left!;
        if (this.height(child.node.right) > this.height(child.node.left)) this.rotateLeft(child);
        top = this.rotateRight(place);
      } else if (right > left + 1) {
        const child = place.node.right!;
        if (this.height(child.node.left) > this.height(child.node.right)) this.rotateRight(child);
        top = this.rotateLeft(place);
      } else {
        place.node.height = maximum(left, right) + 1;
      }
      if (top.node.height === before) return;
      place = top.node.parent;
    }
  }

  /** Lifts the right child above an element; gives the child. */
  private rotateLeft(element: T): T {
    const riser = element.node.right!;
    const inner = riser.node.left;
    this.replace(element, riser);
    element.node.right = inner;
    if (inner !== null) inner.node.parent = element;
    riser.node.left = element;
    element.node.parent = riser;
    this.updateHeight(element);
    this.updateHeight(riser);
    return riser;
  }

  /** Lifts the left child above an element; gives the child. */
  private rotateRight(element: T): T {
    const riser = element.node.left!;
    const inner = riser.node.right;
    this.replace(element, riser);
    element.node.left = inner;
    if (inner !== null) inner.node.parent = element;
    riser.node.right = element;
    element.node.parent = riser;
    this.updateHeight(element);
    this.updateHeight(riser);
    return riser;
  }

  private height(element: T | null): u32 {
    return element === null ? 0 : element.node.height;
  }

  private updateHeight(element: T): void {
    element.node.height = maximum(this.height(element.node.left), this.height(element.node.right)) + 1;
  }
}
