// Hosted is a library written in Go for a program that is not; what it does is asked of it.
package main

import "C"

import (
	"fmt"
	"time"
)

type record struct{ id int }

//go:noinline
func read(r *record) int { return r.id }

//go:noinline
func wait(forever chan int) { <-forever }

//export Enter
func Enter(how C.int) C.int {
	go wait(make(chan int))
	time.Sleep(20 * time.Millisecond)
	fmt.Println(read(nil))
	return how
}

func main() {}
