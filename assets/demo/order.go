package main

import (
	"fmt"
	"time"
)

// Money counts in cents.
type Money int64

func (m Money) String() string { return fmt.Sprintf("%d.%02d €", m/100, m%100) }

type Address struct {
	Street string
	City   string
	Zip    [5]byte
}

type Customer struct {
	ID      uint32
	Name    string
	Email   *string
	Address Address
	Vip     bool
	// Referrer leads back to a customer who may lead back here.
	Referrer *Customer
}

type Line struct {
	SKU      string
	Quantity int
	Gift     bool
}

type Order struct {
	ID       string
	Customer *Customer
	Lines    []Line
	Notes    map[string]string
	Placed   time.Time
	Discount float64
	Coupons  []string
	Total    Money
}

type Receipt struct {
	OrderID string
	Total   Money
}

type AuditEntry struct {
	OrderID string
	SKU     string
	Left    int
	Note    [16 << 10]byte
}

func customers() (ada, bob *Customer) {
	mail := "ada@shop.example"
	ada = &Customer{
		ID:      7001,
		Name:    "Ada Lovelace",
		Email:   &mail,
		Address: Address{"12 St James's Square", "London", [5]byte{'S', 'W', '1', 'Y', '4'}},
		Vip:     true,
	}
	bob = &Customer{ID: 7002, Name: "Bob 世界", Address: Address{City: "Zürich"}, Referrer: ada}
	ada.Referrer = bob
	return ada, bob
}

func morningOrders() []*Order {
	ada, bob := customers()
	return []*Order{
		{ID: "A-1039", Customer: ada, Lines: []Line{{"tea", 12, false}}},
		{ID: "A-1040", Customer: bob, Lines: []Line{{"cup", 10, true}, {"pot", 1, false}}},
		{ID: "A-1041", Customer: bob, Lines: []Line{{"tea", 15, false}}},
	}
}

func troublesomeOrder() *Order {
	ada, _ := customers()
	return &Order{
		ID:       "A-1042",
		Customer: ada,
		Lines:    []Line{{"tea", 3, false}, {"cup", 2, true}, {"pot ", 1, false}},
		Notes:    map[string]string{"wrap": "blue paper", "door": "ring twice"},
		Placed:   time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC),
		Discount: 0.15,
		Coupons:  []string{"SPRING", "FRIEND-7001"},
	}
}
