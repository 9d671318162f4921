// Mixed reaches a nil pointer through everything that gives frames of its own: generic methods,
// wrappers of embedded methods, method values, closures, reflection, deferred calls in loops,
// finalizers; other goroutines wait meanwhile behind the same.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

type number interface{ ~int | ~float64 }

type stack[T number] struct{ items []T }

//go:noinline
func (s *stack[T]) each(visit func(T)) {
	for _, item := range s.items {
		visit(item)
	}
}

func apply[T number, R any](s *stack[T], turn func(T) R) (all []R) {
	s.each(func(item T) { all = append(all, turn(item)) })
	return all
}

type inner struct{ wait chan int }

//go:noinline
func (i *inner) Wait() int { return <-i.wait }

type outer struct{ *inner }

type waiter interface{ Wait() int }

type value struct{ wait chan int }

//go:noinline
func (v value) Wait() int { return <-v.wait }

type tracer struct{ next *tracer }

//go:noinline
func (t *tracer) String() string { return t.next.String() } // ends at nil

//go:noinline
func loopDefers(depth int, die func()) {
	for index := 0; index < depth; index++ {
		defer func(index int) {
			if index == 0 {
				die()
			}
		}(index)
	}
}

//go:noinline
func recovers(then func()) {
	defer func() {
		recover()
		then()
	}()
	panic("recovered")
}

func main() {
	never := make(chan int)
	var wait waiter = outer{&inner{never}}
	go wait.Wait()
	var boxed waiter = &value{never}
	go boxed.Wait()
	method := outer{&inner{never}}.Wait
	go method()
	go reflect.ValueOf(wait).MethodByName("Wait").Call(nil)
	go func() {
		var once sync.Once
		once.Do(func() { <-never })
	}()
	go func() {
		runtime.LockOSThread()
		sort.Slice([]int{2, 1}, func(a, b int) bool { <-never; return a < b })
	}()
	go apply(&stack[int]{[]int{1}}, func(item int) int { return <-never })
	go apply(&stack[float64]{[]float64{1}}, func(item float64) string { <-never; return "" })
	go strings.Map(func(r rune) rune { <-never; return r }, "x")
	time.AfterFunc(time.Millisecond, func() { <-never })
	finalized := new([1024]int)
	runtime.SetFinalizer(finalized, func(*[1024]int) { <-never })
	finalized = nil
	runtime.GC()
	time.Sleep(50 * time.Millisecond)

	die := func() { fmt.Println(&tracer{}) }
	if len(os.Args) > 1 && os.Args[1] == "plain" {
		die = func() { fmt.Println((&tracer{}).String()) }
	}
	recovers(func() {
		loopDefers(3, func() {
			apply(&stack[int]{[]int{1}}, func(int) error {
				die()
				var t *tracer
				_ = t.String()
				return nil
			})
		})
	})
}
