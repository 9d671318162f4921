// States parks goroutines in every way there is, prints facts about them, says ready and waits.
//
// Each fact is a line `fact NAME VALUE`: what a debugger must find out by itself.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

var (
	mu      sync.Mutex
	rw      sync.RWMutex
	cond    = sync.NewCond(&sync.Mutex{})
	wg      sync.WaitGroup
	empty   = make(chan int)
	full    = make(chan int, 2)
	nilChan chan int
	stopped bool
)

//go:noinline
func waitMutex() { mu.Lock() }

//go:noinline
func waitReadLock() { rw.RLock() }

//go:noinline
func waitWriteLock() { rw.Lock() }

//go:noinline
func waitGroup() { wg.Wait() }

//go:noinline
func waitCond() {
	cond.L.Lock()
	cond.Wait()
}

//go:noinline
func waitReceive() { <-empty }

//go:noinline
func waitSend() { full <- 3 }

//go:noinline
func waitNil() { <-nilChan }

//go:noinline
func waitSelect() {
	select {
	case <-empty:
	case full <- 4:
	}
}

//go:noinline
func waitForever() { select {} }

//go:noinline
func waitSleep() { time.Sleep(time.Hour) }

//go:noinline
func waitRead(file *os.File) { file.Read(make([]byte, 1)) }

//go:noinline
func waitSyscall(fd int) { syscall.Read(fd, make([]byte, 1)) }

//go:noinline
func waitLocked() {
	runtime.LockOSThread()
	<-empty
}

//go:noinline
func waitLabelled() {
	pprof.Do(context.Background(), pprof.Labels("req", "42", "worker", "w1"), func(context.Context) { <-empty })
}

//go:noinline
func spin(counter *int) {
	for !stopped {
		*counter++
	}
}

func main() {
	reader, writer, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		panic(err)
	}
	full <- 1
	full <- 2
	mu.Lock()
	rw.RLock()
	wg.Add(1)

	for waiter := 0; waiter < 3; waiter++ {
		go waitMutex()
	}
	go waitWriteLock()
	time.Sleep(20 * time.Millisecond) // behind a writer, readers queue as well
	go waitReadLock()
	go waitGroup()
	go waitCond()
	go waitReceive()
	go waitSend()
	go waitNil()
	go waitSelect()
	go waitForever()
	go waitSleep()
	go waitRead(reader)
	go waitSyscall(pipe[0])
	go waitLocked()
	go waitLabelled()
	if len(os.Args) > 1 && os.Args[1] == "spin" {
		counter := 0
		go spin(&counter)
	}
	time.Sleep(200 * time.Millisecond)
	runtime.GC() // notes how long goroutines wait by the time of the one before
	runtime.GC()

	fmt.Printf("fact mutex %p\n", &mu)
	fmt.Printf("fact empty %p\n", empty)
	fmt.Printf("fact full %p\n", full)
	fmt.Printf("fact iofd %d\n", reader.Fd())
	fmt.Printf("fact pid %d\n", os.Getpid())
	fmt.Printf("fact goroutines %d\n", runtime.NumGoroutine())
	fmt.Println("ready")
	time.Sleep(time.Minute)
	runtime.KeepAlive(writer)
}
