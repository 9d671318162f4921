// Many starts as many goroutines as its argument says, in three ways of waiting, and dies.
package main

import (
	"os"
	"strconv"
	"sync"
	"time"
)

var (
	mu   sync.Mutex
	jobs = make(chan int)
	stop = make(chan struct{})
)

//go:noinline
func reader(number int) { <-jobs }

//go:noinline
func locker(number int) { mu.Lock() }

//go:noinline
func selector(number int) {
	select {
	case <-jobs:
	case <-stop:
	}
}

//go:noinline
func nested(number, depth int) {
	if depth > 0 {
		nested(number, depth-1)
		return
	}
	selector(number)
}

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	mu.Lock()
	for number := 0; number < count; number++ {
		switch number % 4 {
		case 0, 1:
			go reader(number)
		case 2:
			go locker(number)
		case 3:
			go nested(number, number%7)
		}
	}
	time.Sleep(time.Duration(200+count/100) * time.Millisecond)
	panic("enough")
}
