// Dumped holds memory of every kind that a core treats in its own way, says where it lies, and
// waits for ever. Its argument is the size of its heap of random bytes in MB.
package main

import (
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const mb = 1 << 20

var heap, zeros []byte

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func mapped(fd, size, prot, flags int) []byte {
	memory, err := syscall.Mmap(fd, 0, size, prot, flags)
	check(err)
	return memory
}

func where(memory []byte) string {
	return fmt.Sprintf("%d", uintptr(unsafe.Pointer(&memory[0])))
}

//go:noinline
func waiter(channel chan int, number int) { <-channel }

func main() {
	size, _ := strconv.Atoi(os.Args[1])
	heap = make([]byte, size*mb)
	rand.Read(heap)
	zeros = make([]byte, 4*mb)
	for at := 0; at < len(zeros); at += 4096 {
		zeros[at] = 1
		zeros[at] = 0
	}
	readWrite := syscall.PROT_READ | syscall.PROT_WRITE
	anonymous := syscall.MAP_PRIVATE | syscall.MAP_ANON
	untouched := mapped(-1, 256*mb, readWrite, anonymous)
	untouched[128*mb] = 7
	secret := mapped(-1, mb, readWrite, anonymous)
	copy(secret, "do not dump this")
	check(syscall.Madvise(secret, 16 /* MADV_DONTDUMP */))
	shared := mapped(-1, 64*mb, readWrite, syscall.MAP_SHARED|syscall.MAP_ANON)
	copy(shared[5*mb:], "shared")
	name := os.Args[2]
	contents := make([]byte, mb)
	for at := range contents {
		contents[at] = byte(at >> 12)
	}
	check(os.WriteFile(name, contents, 0o600))
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	check(err)
	copied := mapped(int(file.Fd()), mb, readWrite, syscall.MAP_PRIVATE)
	copied[5*4096] = 99
	// The second half of this mapping lies behind the end of its file.
	short := name + ".short"
	check(os.WriteFile(short, contents[:8192], 0o600))
	cut, err := os.OpenFile(short, os.O_RDWR, 0)
	check(err)
	behind := mapped(int(cut.Fd()), 4*4096, readWrite, syscall.MAP_PRIVATE)
	behind[0] = 99
	hidden := mapped(-1, 4096, readWrite, anonymous)
	copy(hidden, "behind a guard")
	check(syscall.Mprotect(hidden, syscall.PROT_NONE))

	channel := make(chan int)
	for number := 0; number < 10; number++ {
		go waiter(channel, number)
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready", where(untouched), where(secret), where(shared), where(copied), where(behind), where(hidden))
	for {
		time.Sleep(time.Hour)
	}
}
