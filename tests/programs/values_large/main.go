// Holds a map of a million entries, a slice of a million structs and a deep structure, and crashes:
// for timing how values are read.
package main

import (
	"fmt"
	"os"
)

type order struct {
	ID    int
	Name  string
	Lines []line
}

type line struct {
	SKU   string
	Count int
}

type tree struct {
	Depth int
	Name  string
	Sub   []*tree
}

var million = map[string]int{}
var orders = make([]order, 1_000_000)
var root *tree

func grow(depth int) *tree {
	t := &tree{Depth: depth, Name: fmt.Sprint("node at ", depth)}
	for i := 0; i < 2 && depth > 0; i++ {
		t.Sub = append(t.Sub, grow(depth-1))
	}
	return t
}

func main() {
	for i := 0; i < len(orders); i++ {
		million[fmt.Sprint("key-", i)] = i
	}
	lines := []line{{"tea", 1}, {"pot", 2}}
	for i := range orders {
		orders[i] = order{i, "somebody", lines}
	}
	root = grow(9)
	if len(os.Args) > 100 {
		fmt.Println(million, orders, root)
	}
	panic("large enough")
}
