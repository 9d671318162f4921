// Anatomy says what its types are made of and which calls it has deferred, and then dies.
package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unsafe"
)

type base struct {
	id   int8
	name string
}

func (b *base) Rename(name string) (old string, err error) {
	old, b.name = b.name, name
	return old, nil
}

type server struct {
	base
	flag  bool
	count int32
	tiny  byte
	big   [3]uint16
	table map[string]*base
	out   io.Writer
	call  func(int, ...string) error
	queue chan<- int
	mu    sync.Mutex
	last  bool
}

//go:noinline
func (s *server) Serve(parts []string) (int, error) { return len(parts) + len(s.name), nil }

type conn struct{ id int }

//go:noinline
func (c *conn) Close() { fmt.Println("close", c.id) }

//go:noinline
func cleanup(what string, n int) { fmt.Println("cleanup", what, n) }

// Open-coded: what is deferred depends on n, so the frame says which of them wait.
//
//go:noinline
func open(c *conn, n int, queue chan int) int {
	defer cleanup("first", n)
	if n > 100 {
		defer cleanup("never", n)
	}
	defer c.Close()
	return loop(n, queue)
}

// In a loop, so on the goroutine's list.
//
//go:noinline
func loop(n int, queue chan int) int {
	for i := 0; i < n; i++ {
		defer cleanup("loop", i)
	}
	return <-queue
}

func main() {
	var s server
	field := func(name string, offset, size uintptr) { fmt.Println("field", name, offset, size) }
	field("base", unsafe.Offsetof(s.base), unsafe.Sizeof(s.base))
	field("flag", unsafe.Offsetof(s.flag), unsafe.Sizeof(s.flag))
	field("count", unsafe.Offsetof(s.count), unsafe.Sizeof(s.count))
	field("tiny", unsafe.Offsetof(s.tiny), unsafe.Sizeof(s.tiny))
	field("big", unsafe.Offsetof(s.big), unsafe.Sizeof(s.big))
	field("table", unsafe.Offsetof(s.table), unsafe.Sizeof(s.table))
	field("out", unsafe.Offsetof(s.out), unsafe.Sizeof(s.out))
	field("call", unsafe.Offsetof(s.call), unsafe.Sizeof(s.call))
	field("queue", unsafe.Offsetof(s.queue), unsafe.Sizeof(s.queue))
	field("mu", unsafe.Offsetof(s.mu), unsafe.Sizeof(s.mu))
	field("last", unsafe.Offsetof(s.last), unsafe.Sizeof(s.last))
	field("-", unsafe.Sizeof(s), unsafe.Alignof(s))
	s.Rename("n")
	fmt.Fprintln(os.Stderr, s.count)
	fmt.Println(s.Serve(nil))
	queue := make(chan int)
	go func() {
		defer s.mu.Unlock()
		s.mu.Lock()
		open(&conn{7}, 2, queue)
	}()
	time.Sleep(100 * time.Millisecond)
	var nobody *conn
	fmt.Println(nobody.id)
}
