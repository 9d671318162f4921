// Fatal dies in ways that no recover can stop; its first argument names which.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

//go:noinline
func mapWriter(counts map[int]int, number int) {
	for step := 0; ; step++ {
		counts[step%64] = number
	}
}

func mapWrites() {
	counts := make(map[int]int)
	for number := 0; number < 8; number++ {
		go mapWriter(counts, number)
	}
	select {}
}

//go:noinline
func holdAndWait(mu *sync.Mutex, never chan int) {
	mu.Lock()
	<-never
}

func deadlock() {
	var mu sync.Mutex
	never := make(chan int)
	go holdAndWait(&mu, never)
	for mu.TryLock() {
		mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	mu.Lock()
}

//go:noinline
func recurse(depth int, trail *int) int {
	var pad [128]byte
	pad[depth%128] = byte(*trail)
	return recurse(depth+1, trail) + int(pad[(depth+1)%128])
}

func overflow() {
	debug.SetMaxStack(16 << 20)
	trail := 1
	fmt.Println(recurse(0, &trail))
}

//go:noinline
func peek(address uintptr) int {
	return *(*int)(unsafe.Pointer(address))
}

var sink [][]byte

//go:noinline
func hoard() {
	for {
		block := make([]byte, 64<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		sink = append(sink, block)
	}
}

// limitMemory makes the next large allocation fail.
func limitMemory() {
	limit := syscall.Rlimit{Cur: 512 << 20, Max: 512 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		panic(err)
	}
}

func outOfMemory() {
	limitMemory()
	hoard()
}

//go:noinline
func join(text *strings.Builder) {
	for {
		text.WriteString("as if memory had no end; ") // grows for ever
	}
}

func builder() {
	limitMemory()
	var text strings.Builder
	join(&text)
	fmt.Println(text.Len())
}

func unlockTwice() {
	var mu sync.Mutex
	mu.Lock()
	mu.Unlock()
	mu.Unlock() // once too often
}

func main() {
	kinds := map[string]func(){
		"mapwrites": mapWrites,
		"deadlock":  deadlock,
		"overflow":  overflow,
		"fault":     func() { fmt.Println(peek(0xdead0000)) },
		"oom":       outOfMemory,
		"builder":   builder,
		"unlock":    unlockTwice,
	}
	kinds[os.Args[1]]()
}
