// Panics dies in the way named by its first argument.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

type point struct{ X, Y int }

type title string

type level int

func (l level) String() string { return fmt.Sprintf("level %d", int(l)) }

type record struct {
	id   int
	next *record
	name string
}

//go:noinline
func follow(r *record) int {
	return r.next.id // next is nil: reads address 0x0
}

//go:noinline
func name(r *record) string {
	return r.name // r is nil: reads address 0x10
}

//go:noinline
func element(values []int, index int) int { return values[index] }

//go:noinline
func divide(a, b int) int { return a / b }

//go:noinline
func rewrap(depth int) {
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Errorf("wrap %d: %v", depth, r))
		}
	}()
	if depth == 0 {
		panic(errors.New("inner"))
	}
	rewrap(depth - 1)
}

//go:noinline
func secondInDefer() {
	defer func() {
		panic(errors.New("second"))
	}()
	panic(errors.New("first"))
}

//go:noinline
func exitThenPanic() {
	defer func() {
		panic("from the deferred call")
	}()
	runtime.Goexit()
}

//go:noinline
func innermost(values map[string]*record, key string) int {
	return values[key].id // no such key: reads address 0x0
}

func middle(values map[string]*record, key string) int { return innermostInline(values, key) + 1 }

func innermostInline(values map[string]*record, key string) int { return values[key].id }

//go:noinline
func outermost(values map[string]*record) int { return middle(values, "absent") * 2 }

var nothing error

//go:noinline
func underline(width int) string { return strings.Repeat("-", width) }

func main() {
	kinds := map[string]func(){
		"nil":       func() { fmt.Println(name(nil)) },
		"chain":     func() { fmt.Println(follow(&record{id: 1})) },
		"index":     func() { fmt.Println(element([]int{1, 2, 3}, 5)) },
		"divide":    func() { fmt.Println(divide(1, len(os.Args)-2)) },
		"error":     func() { panic(errors.New("disk on fire")) },
		"wrapped":   func() { panic(fmt.Errorf("load config: %w", os.ErrNotExist)) },
		"string":    func() { panic("plain words") },
		"int":       func() { panic(42) },
		"float":     func() { panic(1.5) },
		"struct":    func() { panic(point{3, 4}) },
		"pointer":   func() { panic(&point{5, 6}) },
		"named":     func() { panic(title("hello")) },
		"stringer":  func() { panic(level(7)) },
		"nothing":   func() { panic(nothing) },
		"repanic":   func() { rewrap(1) },
		"second":    secondInDefer,
		"goexit":    func() { done := make(chan int); go func() { defer close(done); exitThenPanic() }(); <-done },
		"inlined":   func() { fmt.Println(outermost(nil)) },
		"nilmap":    func() { var m map[string]int; m["x"] = 1 },
		"convert":   func() { var a any = "text"; fmt.Println(a.(int)) },
		"closed":    func() { c := make(chan int); close(c); close(c) },
		"nilfunc":   func() { var f func(); f() },
		"plainmap":  func() { fmt.Println(innermost(nil, "absent")) },
		"repeat":    func() { fmt.Println(underline(-len(os.Args))) },
		"negative":  func() { n := -len(os.Args); fmt.Println(make([]int, n)) },
		"multiline": func() { panic("first line\nsecond \x1b[31mline") },
	}
	kinds[os.Args[1]]()
}
