// Orders is the program behind `tinydbg-tui demo`: a little order service that dies.
//
// It takes orders from a feed, prices them in a pool of workers, reserves stock and writes an
// audit trail. Two things go wrong at once. One kills it: pricing.go. The other would have stopped
// it soon anyway: see who waits for whom around stock.go.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

const workers = 4

func main() {
	feed, sender := openFeed()
	defer sender.Close()
	orders, archive := make(chan *Order, 8), openArchive()
	shop := &Shop{
		catalogue: loadCatalogue(),
		stock:     &Stock{units: map[string]int{"tea": 40, "cup": 12, "pot": 3}},
		audit:     make(chan AuditEntry, 4),
		receipts:  make(chan Receipt),
		stop:      make(chan struct{}),
	}

	var pool sync.WaitGroup
	for number := 1; number <= workers; number++ {
		pool.Add(1)
		go shop.work(number, orders, &pool)
	}
	go shop.writeAudit(archive)
	go shop.readFeed(feed)
	go shop.dispatch(orders)
	go shop.housekeeping(20 * time.Second)
	for visitor := 0; visitor < 24; visitor++ {
		go shop.awaitReceipt(visitor)
	}

	for _, order := range morningOrders() {
		orders <- order
	}
	time.Sleep(3 * time.Second)
	orders <- troublesomeOrder()
	pool.Wait()
	fmt.Println("closed for the day")
}

// openFeed stands for the connection on which orders arrive; nothing more will come.
func openFeed() (reader, sender *os.File) {
	reader, sender, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	return reader, sender
}

// openArchive stands for a slow disk: nobody reads the other end, so writes block for good.
func openArchive() int {
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		panic(err)
	}
	return ends[1]
}

// readFeed waits for input, as a network service does most of the time.
func (s *Shop) readFeed(feed *os.File) {
	line := make([]byte, 256)
	for {
		if _, err := feed.Read(line); err != nil {
			return
		}
	}
}

// dispatch waits for whatever comes first.
func (s *Shop) dispatch(orders chan *Order) {
	urgent := make(chan *Order)
	for {
		select {
		case order := <-urgent:
			orders <- order
		case <-s.stop:
			return
		}
	}
}

func (s *Shop) awaitReceipt(visitor int) {
	receipt := <-s.receipts
	fmt.Println("visitor", visitor, "paid", receipt.Total)
}

func (s *Shop) housekeeping(pause time.Duration) {
	for {
		time.Sleep(time.Second)
		debug.FreeOSMemory()
		time.Sleep(pause)
	}
}
