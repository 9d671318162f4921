package main

import "fmt"

type Product struct {
	SKU   string
	Name  string
	Price Money
	Tags  []string
}

type Catalogue struct {
	products map[string]*Product
	asked    int
}

func loadCatalogue() *Catalogue {
	return &Catalogue{products: map[string]*Product{
		"tea": {"tea", "Darjeeling, 100 g", 890, []string{"food", "loose"}},
		"cup": {"cup", "Cup, porcelain", 1250, []string{"fragile"}},
		"pot": {"pot", "Teapot, cast iron", 5900, []string{"heavy", "gift"}},
	}}
}

// find returns nil for what the catalogue does not have.
func (c *Catalogue) find(sku string) *Product {
	c.asked++
	return c.products[sku]
}

// Bill is what has been added up so far.
type Bill struct {
	Position int
	Line     Line
	Amounts  [6]Money
	Gifts    []string
}

// total adds up an order. What goes wrong below it is told with the name of the order.
func (s *Shop) total(order *Order) (sum Money) {
	var bill Bill
	defer func() {
		if cause := recover(); cause != nil {
			panic(fmt.Errorf("pricing order %s, line %d: %v", order.ID, bill.Position, cause))
		}
	}()
	for position, line := range order.Lines {
		bill.begin(position, line)
		product := s.catalogue.find(line.SKU)
		// Dies here: the SKU of the last line ends with a blank, so there is no product.
		bill.Amounts[position%len(bill.Amounts)] = product.Price * Money(line.Quantity)
	}
	return bill.sum(order.Discount)
}

// price is small enough to be inlined into its callers.
func (s *Shop) price(order *Order) {
	order.Total = s.total(order)
}

//go:noinline
func (b *Bill) begin(position int, line Line) {
	b.Position, b.Line = position, line
	if line.Gift {
		b.Gifts = append(b.Gifts, line.SKU)
	}
}

func (b *Bill) sum(discount float64) (sum Money) {
	for _, amount := range b.Amounts {
		sum += amount
	}
	return sum - Money(float64(sum)*discount)
}
