// Prints what its package variables of the less plain kinds are, one JSON line each, and crashes.
//
// The text of a value is made by walking it with reflect: the program's own word, which the
// debugger's word is compared with.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"
)

type truth struct {
	Name     string      `json:"name"`
	Type     string      `json:"type"`
	Value    string      `json:"value"`
	Len      *int        `json:"len"`
	Cap      *int        `json:"cap"`
	Captured [][2]string `json:"captured"`
	Entries  [][2]string `json:"entries"`
}

var out = json.NewEncoder(os.Stdout)

// say prints v under the type that the variable has, which for interfaces is not that of the value.
//
//go:noinline
func say[T any](name string, v T) {
	r := reflect.ValueOf(&v).Elem()
	t := truth{Name: "main." + name, Type: typeName(r.Type()), Value: show(r, 0)}
	m := r
	if m.Kind() == reflect.Interface {
		m = m.Elem()
	}
	switch m.Kind() {
	case reflect.Map:
		n := m.Len()
		if r.Kind() == reflect.Map {
			t.Len = &n
		}
		for entries := m.MapRange(); entries.Next(); {
			t.Entries = append(t.Entries, [2]string{show(entries.Key(), 1), show(entries.Value(), 1)})
		}
	}
	out.Encode(t)
}

func typeName(t reflect.Type) string { return t.String() }

func list(r reflect.Value, n, depth int) string {
	parts := []string{}
	for i := 0; i < n; i++ {
		parts = append(parts, show(r.Index(i), depth+1))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// show writes a value as the debugger does; "?" stands for anything.
func show(r reflect.Value, depth int) string {
	name := typeName(r.Type())
	switch r.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(r.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(r.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return fmt.Sprint(r.Float())
	case reflect.String:
		return strconv.Quote(r.String())
	case reflect.Slice:
		if r.IsNil() {
			return name + " nil"
		}
		head := fmt.Sprintf("%s len: %d, cap: %d, ", name, r.Len(), r.Cap())
		if depth >= 2 && r.Len() > 0 {
			return head + "?"
		}
		return head + list(r, r.Len(), depth)
	case reflect.Array:
		if depth >= 2 {
			return name + " ?"
		}
		return name + " " + list(r, r.Len(), depth)
	case reflect.Struct:
		if depth >= 2 {
			return name + " {?"
		}
		parts := []string{}
		for i := 0; i < r.NumField(); i++ {
			parts = append(parts, r.Type().Field(i).Name+": "+show(r.Field(i), depth+1))
		}
		return name + " {" + strings.Join(parts, ", ") + "}"
	case reflect.Pointer:
		if r.IsNil() {
			return name + " nil"
		}
		if depth > 0 {
			return "?"
		}
		if name == "*errors.errorString" {
			return name + " " + strconv.Quote(r.Elem().Field(0).String())
		}
		return "*" + show(r.Elem(), depth)
	case reflect.Interface:
		if r.IsNil() {
			return name + " nil"
		}
		return dynamic(r.Elem(), depth)
	case reflect.Map:
		if r.IsNil() {
			return name + " nil"
		}
		return fmt.Sprintf("%s len: %d, {?", name, r.Len())
	case reflect.Chan:
		if r.IsNil() {
			return name + " nil"
		}
	case reflect.Func:
		if r.IsNil() {
			return name + " nil"
		}
		return strings.ReplaceAll(runtime.FuncForPC(r.Pointer()).Name(), "[...]", "[?]") + "?"
	}
	return "?"
}

// dynamic writes the value in an interface, which has to say its own type.
func dynamic(r reflect.Value, depth int) string {
	text, t := show(r, depth), r.Type()
	if text == "?" || t.Kind() == reflect.Func || strings.Contains(text, typeName(t)) {
		return text
	}
	if t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		return text
	}
	if strings.HasPrefix(typeName(t), "*") {
		return "(" + typeName(t) + ")(" + text + ")"
	}
	return typeName(t) + "(" + text + ")"
}

type Color uint8
type Text string
type Point struct{ X, Y int }
type Boxed struct {
	Err error
	Any any
}
type One struct{ P *Point }
type Single [1]*Point
type Empty struct{}
type Pair[K comparable, V any] struct {
	Key K
	Val V
}
type failure struct {
	Code int
	Why  string
}
type Shape interface{ Area() float64 }
type Small uint16

func (f *failure) Error() string { return f.Why }
func (p Point) Area() float64    { return float64(p.X * p.Y) }
func (s Small) Area() float64    { return float64(s) }

// Package variables are never optimised away.
var (
	none      any
	noError   error
	typedNil  error
	number    any
	text      any
	color     any
	flag      any
	point     any
	pointer   any
	scalar    any
	one       any
	single    any
	empty     any
	slice     any
	generic   any
	local     any
	err       error
	plain     error
	shape     Shape
	small     Shape
	boxed     Boxed
	many      []any
	array     [2]error
	anonymous any
)

//go:noinline
func interfaces(n int) {
	typedNil = (*failure)(nil)
	number = n
	text = Text("a\nb")
	color = Color(2)
	flag = n > 0
	point = Point{n, 2}
	pointer = &Point{3, 4}
	scalar = &n
	one = One{&Point{5, 6}}
	single = Single{&Point{7, 8}}
	empty = Empty{}
	slice = []int{1, 2}
	generic = Pair[string, int]{"k", 1}
	{
		type inner struct{ A, B int8 }
		local = inner{1, -1}
	}
	anonymous = struct{ N int }{n}
	err = &failure{n, "why"}
	plain = errors.New("plain")
	shape = Point{2, 3}
	small = Small(9)
	boxed = Boxed{err, n}
	many = []any{1, "two", nil, Point{3, 3}, err, 4.5}
	array = [2]error{nil, plain}
	say("none", none)
	say("noError", noError)
	say("typedNil", typedNil)
	say("number", number)
	say("text", text)
	say("color", color)
	say("flag", flag)
	say("point", point)
	say("pointer", pointer)
	say("scalar", scalar)
	say("one", one)
	say("single", single)
	say("empty", empty)
	say("slice", slice)
	say("generic", generic)
	say("local", local)
	say("err", err)
	say("plain", plain)
	say("shape", shape)
	say("small", small)
	say("boxed", boxed)
	say("many", many)
	say("array", array)
	say("anonymous", anonymous)
}

// Types that no code names: optimised programs of Go up to 1.24 describe them to the runtime alone.
type (
	Hidden struct {
		Base
		N int16
		S string
		C Color
		F float32
		L []Part
	}
	Linked struct {
		P    *Part
		Self *Linked
		E    error
		Any  any
		A    [2]Part
		// Makes it incomparable: comparing is code.
		L []Part
	}
	Filled struct {
		M     map[HiddenKey]Part
		Large map[[20]HiddenKey]*[30]Part
		Ch    chan Part
		Fn    func(Part) Part
		Z     struct{}
	}
	Base      struct{ ID uint64 }
	Part      struct{ A, B int8 }
	HiddenKey struct{ K string }
)

var (
	hidden      any = Hidden{Base: Base{7}, N: -2, S: "s", C: 3, F: 1.5, L: []Part{{1, 2}, {3, -4}}}
	linked      any = &Linked{P: &Part{7, 8}, A: [2]Part{{5, 6}, {3, -4}}}
	filled      any = &Filled{}
	hiddenMap   any
	hiddenMany  any
	hiddenLarge any
	hiddenChan  any
	hiddenPart  any
)

// hide fills what is hidden, through reflect, so that no code names the types.
//
//go:noinline
func hide() {
	to := reflect.ValueOf(filled).Elem()
	fill := func(name string, n int) any {
		t := to.FieldByName(name).Type()
		m := reflect.MakeMap(t)
		for i := 0; i < n; i++ {
			key := reflect.New(t.Key()).Elem()
			if text := strconv.Itoa(i); key.Kind() == reflect.Array {
				key.Index(3).Field(0).SetString(text)
			} else {
				key.Field(0).SetString(text)
			}
			elem := reflect.New(t.Elem()).Elem()
			if elem.Kind() == reflect.Struct {
				elem.Field(0).SetInt(int64(i % 100))
			}
			m.SetMapIndex(key, elem)
		}
		to.FieldByName(name).Set(m)
		return m.Interface()
	}
	hiddenMap = fill("M", 5)
	hiddenLarge = fill("Large", 12)
	hiddenMany = fill("M", 1000)
	link := reflect.ValueOf(linked).Elem()
	part := link.FieldByName("A").Index(1)
	link.FieldByName("Self").Set(link.Addr())
	link.FieldByName("Any").Set(part)
	hiddenPart = part.Interface()
	ch := reflect.MakeChan(to.FieldByName("Ch").Type(), 3)
	ch.Send(part)
	to.FieldByName("Ch").Set(ch)
	hiddenChan = ch.Interface()
	say("hidden", hidden)
	say("linked", linked)
	say("hiddenMap", hiddenMap)
	say("hiddenMany", hiddenMany)
	say("hiddenLarge", hiddenLarge)
	say("hiddenPart", hiddenPart)
	out.Encode(truth{Name: "main.hiddenChan", Type: "interface {}", Value: "chan main.Part len: 1, cap: 3, [main.Part {A: 3, B: -4}]"})
}

type Large [25]uint64
type Names map[string]string

var (
	nilMap    map[string]int
	emptyMap  map[string]int
	smallMap  map[string]int
	fullGroup map[int]string
	deleted   map[int]int
	thousand  map[string]Point
	growing   map[int32]int64
	refilled  map[int]int
	larges    map[Large]Large
	sets      map[Point]struct{}
	mixed     map[any]any
	nans      map[float64]int8
	nested    map[string]map[string][]int
	lists     map[[2]string]*Point
	named     Names
	inside    struct{ M map[bool]error }
	mapAsAny  any
)

//go:noinline
func maps(n int) {
	emptyMap = make(map[string]int)
	smallMap = map[string]int{"one": 1, "two": 2, "th\nree": 3}
	fullGroup = make(map[int]string)
	for i := 0; i < 8; i++ {
		fullGroup[i] = strconv.Itoa(i)
	}
	deleted = make(map[int]int)
	for i := 0; i < 500; i++ {
		deleted[i] = -i
	}
	for i := 0; i < 500; i++ {
		if i%7 != 0 {
			delete(deleted, i)
		}
	}
	thousand = make(map[string]Point)
	for i := 0; i < 1000; i++ {
		thousand[strconv.Itoa(i)] = Point{i, -i}
	}
	// One more than 64 buckets take: the classic map has just begun to grow and moved two of them.
	growing = make(map[int32]int64)
	for i := int32(0); i < 417; i++ {
		growing[i] = int64(i) << 32
	}
	refilled = make(map[int]int)
	for i := 0; i < 20000; i++ {
		refilled[i] = i
		if i >= 50 {
			delete(refilled, i-50)
		}
	}
	larges = make(map[Large]Large)
	for i := uint64(0); i < 30; i++ {
		larges[Large{i, 24: i}] = Large{1: i * i}
	}
	sets = map[Point]struct{}{{1, 2}: {}, {3, 4}: {}}
	mixed = map[any]any{1: "one", "two": 2.5, Point{1, 1}: nil, Color(3): []int{1}}
	nans = make(map[float64]int8)
	for i := int8(0); i < 5; i++ {
		nans[math.NaN()] = i
	}
	nested = map[string]map[string][]int{"a": {"b": {1, 2}}, "nil": nil, "empty": {}}
	lists = map[[2]string]*Point{{"a", "b"}: {1, 2}, {}: nil}
	named = Names{"k": "v"}
	inside.M = map[bool]error{true: nil, false: &failure{n, "no"}}
	mapAsAny = map[string]int{"x": n}
	say("nilMap", nilMap)
	say("emptyMap", emptyMap)
	say("smallMap", smallMap)
	say("fullGroup", fullGroup)
	say("deleted", deleted)
	say("thousand", thousand)
	say("growing", growing)
	say("refilled", refilled)
	say("larges", larges)
	say("sets", sets)
	say("mixed", mixed)
	say("nans", nans)
	say("nested", nested)
	say("lists", lists)
	say("named", named)
	say("inside", inside)
	say("mapAsAny", mapAsAny)
}

var (
	nilChan    chan int
	unbuffered chan int
	received   <-chan string
	closed     chan Point
	wrapped    chan int
	full       chan int
	awaited    chan int
	ticks      <-chan time.Time
	zeroSized  chan struct{}
	chanAsAny  any
	sentOnly   chan<- error
)

// sayChan prints a channel whose contents reflect cannot see.
func sayChan(name string, c any, rest string) {
	r := reflect.ValueOf(c)
	t := truth{Name: "main." + name, Type: typeName(r.Type())}
	l, n := r.Len(), r.Cap()
	t.Len, t.Cap = &l, &n
	t.Value = fmt.Sprintf("%s len: %d, cap: %d%s", t.Type, l, n, rest)
	out.Encode(t)
}

// start runs f in a goroutine and returns its number once it had the time to block.
func start(f func()) string {
	id := make(chan string)
	go func() {
		text := make([]byte, 64)
		text = text[:runtime.Stack(text, false)]
		id <- strings.Fields(string(text))[1]
		f()
	}()
	defer time.Sleep(20 * time.Millisecond)
	return <-id
}

//go:noinline
func channels(n int) {
	unbuffered = make(chan int)
	text := make(chan string, 3)
	text <- "one"
	text <- "two"
	received = text
	closed = make(chan Point, 2)
	closed <- Point{1, 2}
	close(closed)
	wrapped = make(chan int, 4)
	for i := 0; i < 10; i++ {
		if i >= 3 {
			<-wrapped
		}
		wrapped <- i
	}
	full = make(chan int, 100)
	for i := 0; i < 100; i++ {
		full <- i
	}
	awaited = make(chan int, 1)
	awaited <- n
	first := start(func() { awaited <- 2 })
	second := start(func() { awaited <- 3 })
	receiver := start(func() { <-unbuffered })
	selector := start(func() {
		select {
		case <-unbuffered:
		case awaited <- 5:
		}
	})
	ticks = time.After(time.Hour)
	zeroSized = make(chan struct{}, 5)
	zeroSized <- struct{}{}
	chanAsAny = awaited
	errs := make(chan error, 2)
	errs <- nil
	errs <- errors.New("in a channel")
	sentOnly = errs
	say("nilChan", nilChan)
	sayChan("unbuffered", unbuffered, ", receivers: goroutines "+receiver+", "+selector)
	sayChan("received", received, `, ["one","two"]`)
	sayChan("closed", closed, ", [main.Point {X: 1, Y: 2}], closed")
	sayChan("wrapped", wrapped, ", [7,8,9]")
	sayChan("full", full, ", [0,1,2,3,4,5?,…+36 more]")
	sayChan("awaited", awaited, fmt.Sprintf(", [%d], senders: goroutines %s, %s, %s", n, first, second, selector))
	sayChan("ticks", ticks, "?")
	sayChan("zeroSized", zeroSized, ", [struct {} {}]")
	sayChan("sentOnly", sentOnly, `, [error nil,*errors.errorString "in a channel"]`)
}

var (
	nilFunc      func()
	plainFunc    func(int) int
	noCapture    func() string
	capture      func(int) int
	methodValue  func() float64
	pointerValue func() string
	methodExpr   func(Point) float64
	genericFunc  func(string) string
	funcInside   struct{ F func(int) int }
	funcAsAny    any
)

func double(n int) int { return 2 * n }

func same[T any](v T) T { return v }

// sayFunc prints a function and the variables that it captured.
func sayFunc(name string, f any, captured ...[2]string) {
	r := reflect.ValueOf(f)
	out.Encode(truth{Name: "main." + name, Type: typeName(r.Type()), Value: show(r, 0), Captured: captured})
}

//go:noinline
func funcs(n int) {
	plainFunc = double
	noCapture = func() string { return "none" }
	byValue, byReference, list := "value", n, []int{1, 2}
	capture = func(k int) int {
		byReference += k
		return byReference + len(byValue) + list[0]
	}
	capture(4)
	methodValue = Point{6, 7}.Area
	pointerValue = (&failure{n, "bound"}).Error
	methodExpr = Point.Area
	genericFunc = same[string]
	funcInside.F = plainFunc
	funcAsAny = plainFunc
	say("nilFunc", nilFunc)
	sayFunc("plainFunc", plainFunc)
	sayFunc("noCapture", noCapture)
	sayFunc("capture", capture, [2]string{"byValue", show(reflect.ValueOf(byValue), 1)},
		[2]string{"byReference", show(reflect.ValueOf(byReference), 1)},
		[2]string{"list", show(reflect.ValueOf(list), 1)})
	sayFunc("methodValue", methodValue, [2]string{"receiver", show(reflect.ValueOf(Point{6, 7}), 1)})
	sayFunc("pointerValue", pointerValue, [2]string{"receiver", "?bound?"})
	sayFunc("methodExpr", methodExpr)
	sayFunc("genericFunc", genericFunc)
	say("funcInside", funcInside)
	say("funcAsAny", funcAsAny)
}

//go:noinline
func crash(p *int) int { return *p }

func main() {
	interfaces(len(os.Args))
	maps(len(os.Args))
	channels(len(os.Args))
	funcs(len(os.Args))
	hide()
	crash(nil)
}
