//go:build go1.23

// Rangefunc dies in a loop body that the compiler made a function of.
package main

import (
	"iter"
	"os"
)

func upTo(limit int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for number := 0; number < limit; number++ {
			if !yield(number) {
				return
			}
		}
	}
}

//go:noinline
func table(cells []int) (sum int) {
	for row := range upTo(3) {
		for column := range upTo(3) {
			sum += cells[row*3+column] // dies here
		}
	}
	return sum
}

func main() {
	os.Exit(table(make([]int, 7)))
}
