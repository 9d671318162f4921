package main

import (
	"sync"
	"syscall"
	"unsafe"
)

// Shop is what all goroutines share.
type Shop struct {
	catalogue *Catalogue
	stock     *Stock
	audit     chan AuditEntry
	receipts  chan Receipt
	stop      chan struct{}
}

type Stock struct {
	mu    sync.Mutex
	units map[string]int
}

// reserve keeps the lock while it tells the audit trail: once the trail is full, one worker waits
// for it and all others wait for that worker.
func (s *Shop) reserve(order *Order) {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	for _, line := range order.Lines {
		for unit := 0; unit < line.Quantity; unit++ {
			s.stock.units[line.SKU]--
			s.audit <- AuditEntry{OrderID: order.ID, SKU: line.SKU, Left: s.stock.units[line.SKU]}
		}
	}
}

// writeAudit blocks in the kernel as soon as the archive does not keep up.
func (s *Shop) writeAudit(archive int) {
	for entry := range s.audit {
		bytes := (*[unsafe.Sizeof(entry)]byte)(unsafe.Pointer(&entry))[:]
		for len(bytes) > 0 {
			written, err := syscall.Write(archive, bytes)
			if err != nil {
				return
			}
			bytes = bytes[written:]
		}
	}
}
