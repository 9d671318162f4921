// Busy keeps all threads deep inside the runtime: allocation, collection, maps, channels, clocks,
// system calls, stack growth. Whoever kills it interrupts all of that anywhere.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

type node struct {
	left, right *node
	pad         [4]int
}

var keep sync.Map

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

func allocate(number int) {
	for {
		keep.Store(number, tree(10))
	}
}

func clocks() {
	for sum := time.Duration(0); ; {
		sum += time.Since(time.Now())
	}
}

func calls() {
	for {
		syscall.Getpid()
		syscall.Access("/", 0)
	}
}

func pingPong() {
	there, back := make(chan int), make(chan int)
	go func() {
		for number := range there {
			back <- number
		}
	}()
	for {
		there <- 1
		<-back
	}
}

func maps() {
	for {
		counts := make(map[string]int)
		for number := 0; number < 1000; number++ {
			counts[fmt.Sprint(number)]++
		}
	}
}

//go:noinline
func dig(depth int) int {
	var pad [64]int
	if depth == 0 {
		return 0
	}
	pad[depth%64] = dig(depth - 1)
	return pad[depth%64] + 1
}

func grow() {
	for {
		done := make(chan int)
		go func() { done <- dig(200) }()
		<-done
	}
}

func sleepers() {
	for {
		var all sync.WaitGroup
		for number := 0; number < 10; number++ {
			all.Add(1)
			time.AfterFunc(time.Microsecond, all.Done)
		}
		all.Wait()
		runtime.Gosched()
	}
}

func locks() {
	var mu sync.Mutex
	for number := 0; number < 3; number++ {
		go func() {
			for {
				mu.Lock()
				mu.Unlock()
			}
		}()
	}
}

func main() {
	runtime.GOMAXPROCS(8)
	for number := 0; number < 3; number++ {
		go allocate(number)
	}
	for _, work := range []func(){clocks, calls, pingPong, maps, grow, sleepers, locks} {
		go work()
	}
	go func() {
		for {
			runtime.GC()
		}
	}()
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready", os.Getpid())
	time.Sleep(time.Minute)
}
