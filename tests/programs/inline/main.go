// Inline dies three inlined calls below a real one.
package main

import "os"

type node struct {
	value int
	next  *node
}

func third(n *node) int { return n.value } // dies here

func second(n *node) int { return third(n.next) + 1 }

func first(n *node) int { return second(n.next) + 1 }

//go:noinline
func outer(n *node) int { return first(n) + 1 }

func main() {
	os.Exit(outer(&node{value: 1, next: &node{value: 2}}))
}
