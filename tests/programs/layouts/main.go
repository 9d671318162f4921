// Touches the parts of the runtime whose layouts are checked, so that they are linked in.
package main

import (
	"fmt"
	"net"
	"sync"
	"time"
)

func main() {
	var wait sync.WaitGroup
	wait.Add(1)
	values := make(chan int)
	go func() { defer wait.Done(); values <- 1 }()
	select {
	case v := <-values:
		fmt.Println(v)
	case <-time.After(time.Second):
	}
	wait.Wait()
	defer func() { fmt.Println(recover()) }()
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
	}
	panic("x")
}
