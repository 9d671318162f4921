package main

import (
	"context"
	"fmt"
	"runtime/pprof"
	"sync"
)

// work is one worker of the pool; its labels say what it is busy with.
func (s *Shop) work(number int, orders <-chan *Order, pool *sync.WaitGroup) {
	defer pool.Done()
	name := fmt.Sprintf("packer-%d", number)
	for order := range orders {
		// Not pprof.Do: that takes the labels back before the program dies of a panic.
		labels := pprof.Labels("worker", name, "order", order.ID)
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), labels))
		s.handle(order)
	}
}

//go:noinline
func (s *Shop) handle(order *Order) {
	s.price(order)
	s.reserve(order)
	s.receipts <- Receipt{order.ID, order.Total}
}
