// Prints what its package variables of well-known types mean, one JSON line each, and crashes.
//
// The texts are those of the types' own methods wherever they have some: the program's own word,
// which the debugger's word is compared with.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type truth struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

var out = json.NewEncoder(os.Stdout)

// say prints the text of the variable at p; "?" stands for anything.
func say(name string, p any, text string) {
	out.Encode(truth{"main." + name, reflect.TypeOf(p).Elem().String(), text})
}

var (
	zeroTime, utcTime, farTime, oldTime, nowTime, nowUTC time.Time
	fixedTime, berlinTime, summerTime, futureTime        time.Time
	monotonicTime                                        time.Time
	southTime, beforeTime                                time.Time
	durations                                            [6]time.Duration
	timePointer                                          *time.Time
	inStruct                                             struct {
		At   time.Time
		Wait time.Duration
		When *time.Time
		Mu   *sync.Mutex
	}
	timeAsAny, durationAsAny any
)

func moment(name string, t *time.Time) {
	text := t.Format(time.RFC3339Nano)
	if full := t.String(); strings.Contains(full, " m=") {
		text += full[strings.Index(full, " m="):]
	}
	say(name, t, "time.Time "+text)
}

//go:noinline
func times(n int) {
	utcTime = time.Date(2026, 11, 21, 9, 24, 57, 123456789, time.UTC)
	farTime = time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	oldTime = time.Date(-44, 3, 15, 12, 0, 0, 0, time.UTC)
	nowTime = time.Now()
	nowUTC = nowTime.UTC()
	monotonicTime = nowTime.Add(-time.Hour)
	fixedTime = utcTime.In(time.FixedZone("here", 5*3600+1800))
	moment("zeroTime", &zeroTime)
	moment("utcTime", &utcTime)
	moment("farTime", &farTime)
	moment("oldTime", &oldTime)
	moment("nowTime", &nowTime)
	moment("nowUTC", &nowUTC)
	moment("monotonicTime", &monotonicTime)
	moment("fixedTime", &fixedTime)
	if berlin, err := time.LoadLocation("Europe/Berlin"); err == nil {
		sydney, _ := time.LoadLocation("Australia/Sydney")
		berlinTime = utcTime.In(berlin)
		summerTime = utcTime.AddDate(0, -5, 0).In(berlin)
		futureTime = utcTime.AddDate(40, -5, 0).In(berlin)
		beforeTime = utcTime.AddDate(-200, 0, 0).In(berlin)
		southTime = utcTime.AddDate(50, 1, 0).In(sydney)
		moment("berlinTime", &berlinTime)
		moment("summerTime", &summerTime)
		moment("futureTime", &futureTime)
		moment("southTime", &southTime)
	}
	durations = [6]time.Duration{0, 1, 1500 * time.Microsecond, 90 * time.Minute, -time.Millisecond, 1<<63 - 1}
	parts := []string{}
	for _, d := range durations {
		parts = append(parts, d.String())
	}
	say("durations", &durations, "[6]time.Duration ["+strings.Join(parts, ",")+"]")
	timePointer = &utcTime
	say("timePointer", &timePointer, "*time.Time "+utcTime.Format(time.RFC3339Nano))
	inStruct.At, inStruct.Wait, inStruct.When, inStruct.Mu = utcTime, time.Second, &fixedTime, &sync.Mutex{}
	say("inStruct", &inStruct, "?{At: time.Time "+utcTime.Format(time.RFC3339Nano)+", Wait: 1s, When: *time.Time "+
		fixedTime.Format(time.RFC3339Nano)+", Mu: *sync.Mutex unlocked}")
	timeAsAny, durationAsAny = utcTime, 3*time.Second
	say("timeAsAny", &timeAsAny, "time.Time "+utcTime.Format(time.RFC3339Nano))
	say("durationAsAny", &durationAsAny, "time.Duration(3s)")
}

type queryError struct {
	Query string
	Err   error
}

func (q *queryError) Error() string { return q.Query + ": " + q.Err.Error() }

type loopError struct{ Err error }

func (l *loopError) Error() string { return "loop" }

var (
	plainErr, wrapErr, pathErr, numErr, joinErr, manyErr, ownErr error
	opErr, urlErr, errnoErr, loopErr, deepErr, syscallErr        error
	pathPointer                                                  *fs.PathError
	errAsAny                                                     any
	errs                                                         []error
)

//go:noinline
func errorChains(n int) {
	const notFound = `*fs.PathError open "/no/such" <- syscall.Errno ENOENT (2)`
	plainErr = errors.New("plain \"text\"\n")
	say("plainErr", &plainErr, "*errors.errorString "+strconv.Quote(plainErr.Error()))
	_, pathErr = os.Open("/no/such")
	say("pathErr", &pathErr, notFound)
	pathPointer = pathErr.(*fs.PathError)
	say("pathPointer", &pathPointer, notFound)
	wrapErr = fmt.Errorf("load: %w", pathErr)
	say("wrapErr", &wrapErr, "*fmt.wrapError "+strconv.Quote(wrapErr.Error())+" <- "+notFound)
	_, numErr = strconv.Atoi("12x")
	say("numErr", &numErr, `*strconv.NumError Atoi "12x" <- *errors.errorString "invalid syntax"`)
	joinErr = errors.Join(plainErr, wrapErr)
	say("joinErr", &joinErr, "*errors.joinError <- [*errors.errorString "+strconv.Quote(plainErr.Error())+
		", *fmt.wrapError "+strconv.Quote(wrapErr.Error())+" <- "+notFound+"]")
	manyErr = fmt.Errorf("two: %w, %w", plainErr, syscall.EAGAIN)
	say("manyErr", &manyErr, "*fmt.wrapErrors "+strconv.Quote(manyErr.Error())+" <- [*errors.errorString "+
		strconv.Quote(plainErr.Error())+", syscall.Errno EAGAIN (11)]")
	ownErr = &queryError{"select", wrapErr}
	say("ownErr", &ownErr, `*main.queryError {Query: "select"} <- *fmt.wrapError `+strconv.Quote(wrapErr.Error())+" <- "+notFound)
	_, opErr = net.Dial("tcp", "127.0.0.1:1")
	say("opErr", &opErr, `*net.OpError dial tcp to net.TCPAddr 127.0.0.1:1 <- *os.SyscallError connect <- syscall.Errno ECONNREFUSED (111)`)
	urlErr = &url.Error{Op: "Get", URL: "http://x/", Err: plainErr}
	say("urlErr", &urlErr, `*url.Error Get "http://x/" <- *errors.errorString `+strconv.Quote(plainErr.Error()))
	errnoErr = syscall.EPERM
	say("errnoErr", &errnoErr, "syscall.Errno EPERM (1)")
	syscallErr = os.NewSyscallError("ioctl", syscall.ENOTTY)
	say("syscallErr", &syscallErr, "*os.SyscallError ioctl <- syscall.Errno ENOTTY (25)")
	loop := &loopError{}
	loop.Err = loop
	loopErr = loop
	say("loopErr", &loopErr, "*main.loopError {} <- *main.loopError {} <- ?…")
	deepErr = plainErr
	for i := 0; i < 30; i++ {
		deepErr = fmt.Errorf("%d %w", i, deepErr)
	}
	say("deepErr", &deepErr, `*fmt.wrapError "29 28 ?`)
	errAsAny = plainErr
	say("errAsAny", &errAsAny, "*errors.errorString "+strconv.Quote(plainErr.Error()))
	errs = []error{nil, plainErr}
	say("errs", &errs, "[]error len: 2, cap: 2, [error nil,*errors.errorString "+strconv.Quote(plainErr.Error())+"]")
}

type key string

var (
	background, todo, valueCtx, cancelCtx, doneCtx, causeCtx context.Context
	timerCtx, timedOut, withoutCancel                        context.Context
)

//go:noinline
func contexts(n int) {
	background, todo = context.Background(), context.TODO()
	say("background", &background, "context.backgroundCtx")
	say("todo", &todo, "context.todoCtx")
	valueCtx = context.WithValue(background, key("user"), 42)
	say("valueCtx", &valueCtx, `*context.valueCtx main.key("user"): int(42) <- context.backgroundCtx`)
	cancelCtx, _ = context.WithCancel(valueCtx)
	say("cancelCtx", &cancelCtx, `*context.cancelCtx active <- *context.valueCtx main.key("user"): int(42) <- context.backgroundCtx`)
	var cancel context.CancelFunc
	doneCtx, cancel = context.WithCancel(todo)
	cancel()
	say("doneCtx", &doneCtx, `*context.cancelCtx done: *errors.errorString "context canceled" <- context.todoCtx`)
	var because context.CancelCauseFunc
	causeCtx, because = context.WithCancelCause(todo)
	because(errors.New("enough"))
	say("causeCtx", &causeCtx, `*context.cancelCtx done: *errors.errorString "context canceled", cause: *errors.errorString "enough" <- context.todoCtx`)
	at := time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC)
	timerCtx, _ = context.WithDeadline(background, at)
	say("timerCtx", &timerCtx, `*context.timerCtx deadline 2100-01-02T03:04:05Z, active <- context.backgroundCtx`)
	timedOut, _ = context.WithDeadline(background, time.Unix(0, 0).UTC())
	say("timedOut", &timedOut, `*context.timerCtx deadline 1970-01-01T00:00:00Z, done: context.deadlineExceededError {} <- context.backgroundCtx`)
	withoutCancel = context.WithoutCancel(doneCtx)
	say("withoutCancel", &withoutCancel, `context.withoutCancelCtx <- *context.cancelCtx done: *errors.errorString "context canceled" <- context.todoCtx`)
}

type node struct{ N int }

var (
	unlocked, locked, waited sync.Mutex
	rwUnlocked, rwRead       sync.RWMutex
	rwWrite, rwWaited        sync.RWMutex
	group, emptyGroup        sync.WaitGroup
	onceNot, onceDone        sync.Once
	cond                     *sync.Cond
	flag                     atomic.Bool
	i32                      atomic.Int32
	i64                      atomic.Int64
	u32                      atomic.Uint32
	u64                      atomic.Uint64
	word                     atomic.Uintptr
	noPointer, aPointer      atomic.Pointer[node]
	noValue, aValue          atomic.Value
	syncMap, emptySyncMap    sync.Map
)

//go:noinline
func locks(n int) {
	locked.Lock()
	waited.Lock()
	for i := 0; i < 3; i++ {
		go waited.Lock()
	}
	rwRead.RLock()
	rwRead.RLock()
	rwWrite.Lock()
	go rwWrite.RLock()
	rwWaited.RLock()
	go rwWaited.Lock()
	group.Add(2)
	go group.Wait()
	onceDone.Do(func() {})
	cond = sync.NewCond(&sync.Mutex{})
	for i := 0; i < 2; i++ {
		go func() { cond.L.Lock(); cond.Wait() }()
	}
	time.Sleep(50 * time.Millisecond)
	say("unlocked", &unlocked, "sync.Mutex unlocked")
	say("locked", &locked, "sync.Mutex locked")
	// A mutex that was waited for for more than a millisecond may be starving.
	say("waited", &waited, "sync.Mutex locked, 3 waiting?")
	say("rwUnlocked", &rwUnlocked, "sync.RWMutex unlocked")
	say("rwRead", &rwRead, "sync.RWMutex read-locked by 2")
	say("rwWrite", &rwWrite, "sync.RWMutex locked, 1 reader waiting")
	say("rwWaited", &rwWaited, "sync.RWMutex read-locked by 1, a writer waits")
	say("group", &group, "sync.WaitGroup counter: 2, 1 waiting")
	say("emptyGroup", &emptyGroup, "sync.WaitGroup counter: 0")
	say("onceNot", &onceNot, "sync.Once not done")
	say("onceDone", &onceDone, "sync.Once done")
	say("cond", &cond, "*sync.Cond 2 waiting")
	flag.Store(true)
	i32.Store(-3)
	i64.Store(-1 << 40)
	u32.Store(1 << 31)
	u64.Store(1 << 63)
	word.Store(7)
	aPointer.Store(&node{n})
	aValue.Store("text")
	say("flag", &flag, "atomic.Bool true")
	say("i32", &i32, "atomic.Int32 -3")
	say("i64", &i64, fmt.Sprint("atomic.Int64 ", i64.Load()))
	say("u32", &u32, fmt.Sprint("atomic.Uint32 ", u32.Load()))
	say("u64", &u64, fmt.Sprint("atomic.Uint64 ", u64.Load()))
	say("word", &word, "atomic.Uintptr 7")
	say("noPointer", &noPointer, "atomic.Pointer[main.node] nil")
	say("aPointer", &aPointer, fmt.Sprintf("atomic.Pointer[main.node] *main.node {N: %d}", n))
	say("noValue", &noValue, "atomic.Value nil")
	say("aValue", &aValue, `atomic.Value string("text")`)
	for i := 0; i < 100; i++ {
		syncMap.Store(i, strconv.Itoa(i))
	}
	say("syncMap", &syncMap, "sync.Map 100 entries?")
	say("emptySyncMap", &emptySyncMap, "sync.Map 0 entries?")
}

var (
	ip4, ip6, ipMapped, ipShort net.IP
	noIP                        net.IP
	network, oddNetwork         *net.IPNet
	tcpAddr, tcpAddr6           *net.TCPAddr
	udpAddr                     *net.UDPAddr
	netips                      [6]netip.Addr
	addrPort, addrPort6         netip.AddrPort
	prefix, noPrefix            netip.Prefix
	urls                        [9]*url.URL
)

//go:noinline
func network_(n int) {
	ip4, ip6 = net.ParseIP("10.1.2.3"), net.ParseIP("2001:db8::1:0:0:1")
	ipMapped, ipShort = net.ParseIP("::ffff:1.2.3.4"), net.IP{127, 0, 0, 1}
	for name, p := range map[string]*net.IP{"ip4": &ip4, "ip6": &ip6, "ipMapped": &ipMapped, "ipShort": &ipShort} {
		say(name, p, "net.IP "+p.String())
	}
	say("noIP", &noIP, "net.IP nil")
	_, network, _ = net.ParseCIDR("192.168.64.0/18")
	say("network", &network, "*net.IPNet "+network.String())
	oddNetwork = &net.IPNet{IP: ipShort, Mask: net.IPv4Mask(255, 0, 255, 0)}
	say("oddNetwork", &oddNetwork, "*net.IPNet "+oddNetwork.String())
	tcpAddr, _ = net.ResolveTCPAddr("tcp", "10.0.0.1:80")
	tcpAddr6, _ = net.ResolveTCPAddr("tcp", "[fe80::1%lo]:443")
	udpAddr, _ = net.ResolveUDPAddr("udp", ":53")
	say("tcpAddr", &tcpAddr, "*net.TCPAddr "+tcpAddr.String())
	say("tcpAddr6", &tcpAddr6, "*net.TCPAddr "+tcpAddr6.String())
	say("udpAddr", &udpAddr, "*net.UDPAddr "+udpAddr.String())
	parts := []string{}
	for i, text := range []string{"1.2.3.4", "::1", "::ffff:1.2.3.4", "fe80::1%eth0", "2001:db8:0:1::"} {
		netips[i] = netip.MustParseAddr(text)
	}
	for _, addr := range netips {
		parts = append(parts, "netip.Addr "+addr.String())
	}
	// The standard library writes mapped addresses in two ways: like this since Go 1.22.
	say("netips", &netips, "[6]netip.Addr ["+strings.Join(parts, ",")+"]")
	addrPort, addrPort6 = netip.MustParseAddrPort("1.2.3.4:5"), netip.MustParseAddrPort("[::1]:65535")
	prefix = netip.MustParsePrefix("10.0.0.0/8")
	say("addrPort", &addrPort, "netip.AddrPort "+addrPort.String())
	say("addrPort6", &addrPort6, "netip.AddrPort "+addrPort6.String())
	say("prefix", &prefix, "netip.Prefix "+prefix.String())
	say("noPrefix", &noPrefix, "netip.Prefix "+noPrefix.String())
	for i, text := range []string{
		"https://example.com/a/b?x=1&y=2#top",
		"http://me:secret@[::1]:8080/a%2Fb/c d",
		"mailto:someone@example.com",
		"/only/a/path?",
		"file:///etc/passwd",
		"http://host",
		"//host/x;y=1,2/ä%3F?q#a b",
		"postgres://u@/db?host=/run",
		"a?b",
	} {
		u, err := url.Parse(text)
		if err != nil {
			panic(err)
		}
		urls[i] = u
	}
	for i, u := range urls {
		urlTexts[i] = *u
		say("urlTexts["+strconv.Itoa(i)+"]", u, "url.URL "+u.Redacted())
	}
}

var urlTexts [9]url.URL

var (
	bigZero, bigSmall, bigNegative, bigWide, bigHuge big.Int
	bigPointer                                       *big.Int
	third, whole                                     big.Rat
	textBytes, binaryBytes, mixedBytes, longBytes    []byte
	buffer                                           bytes.Buffer
	builder                                          strings.Builder
	raw                                              json.RawMessage
	values                                           [6]reflect.Value
	intType, errType, ownType                        reflect.Type
	file, closedFile                                 *os.File
)

//go:noinline
func data(n int) {
	bigSmall.SetInt64(int64(n))
	bigNegative.SetString("-123456789012345678901234567890", 10)
	bigWide.Exp(big.NewInt(3), big.NewInt(200), nil)
	bigHuge.Exp(big.NewInt(7), big.NewInt(2000), nil)
	bigPointer = &bigNegative
	for name, p := range map[string]*big.Int{"bigZero": &bigZero, "bigSmall": &bigSmall, "bigNegative": &bigNegative, "bigWide": &bigWide} {
		say(name, p, "big.Int "+p.String())
	}
	say("bigHuge", &bigHuge, fmt.Sprintf("big.Int %s…+%d more", bigHuge.String()[:100], len(bigHuge.String())-100))
	say("bigPointer", &bigPointer, "*big.Int "+bigPointer.String())
	third.SetFrac64(-1, 3)
	whole.SetInt64(5)
	say("third", &third, "big.Rat "+third.String())
	say("whole", &whole, "big.Rat "+whole.String())
	textBytes = append(make([]byte, 0, 8), "hello"...)
	binaryBytes = []byte{0xde, 0xad, 0, 1}
	mixedBytes = []byte("GET\x00")
	longBytes = bytes.Repeat([]byte{0xff}, 1000)
	say("textBytes", &textBytes, `[]byte len: 5, cap: 8, "hello"`)
	say("binaryBytes", &binaryBytes, fmt.Sprintf("[]byte len: 4, cap: 4, hex % x", binaryBytes))
	say("mixedBytes", &mixedBytes, fmt.Sprintf("[]byte len: 4, cap: 4, hex % x %q", mixedBytes, mixedBytes))
	say("longBytes", &longBytes, fmt.Sprintf("[]byte len: 1000, cap: ?, hex % x…+968 more", longBytes[:32]))
	buffer.WriteString("read unread")
	buffer.Next(5)
	builder.WriteString("bu\"ilt")
	raw = json.RawMessage(`{"a":1}`)
	say("buffer", &buffer, fmt.Sprintf("bytes.Buffer len: %d, %q", buffer.Len(), buffer.String()))
	say("builder", &builder, fmt.Sprintf("strings.Builder len: %d, %q", builder.Len(), builder.String()))
	say("raw", &raw, fmt.Sprintf("%T len: %d, cap: %d, %q", raw, len(raw), cap(raw), string(raw)))
	values = [6]reflect.Value{{}, reflect.ValueOf(n), reflect.ValueOf("text"), reflect.ValueOf(&node{3}), reflect.ValueOf(node{4}), reflect.ValueOf(time.Second)}
	say("values", &values, fmt.Sprintf(`[6]reflect.Value [reflect.Value invalid,reflect.Value int(%d),reflect.Value string("text"),reflect.Value *main.node {N: 3},reflect.Value main.node {N: 4},reflect.Value time.Duration(1s)]`, n))
	intType, errType, ownType = reflect.TypeOf(n), reflect.TypeOf((*error)(nil)).Elem(), reflect.TypeOf(map[string]*node{})
	say("intType", &intType, "*reflect.rtype "+intType.String())
	say("errType", &errType, "*reflect.rtype "+errType.String())
	say("ownType", &ownType, "*reflect.rtype "+ownType.String())
	file, _ = os.Open("/dev/null")
	closedFile, _ = os.Open("/dev/zero")
	say("file", &file, fmt.Sprintf(`*os.File "/dev/null" fd %d`, file.Fd()))
	closedFile.Close()
	say("closedFile", &closedFile, `*os.File "/dev/zero" closed`)
}

type Color uint8

const (
	red Color = iota
	green
	blue
	lastColor = blue
)

type Access uint32

const (
	read Access = 1 << iota
	write
	exec
	all = read | write | exec
)

type Depth int

const below Depth = -1

var (
	color, noColor           Color
	accessNone, accessSome   Access
	accessAll, accessUnknown Access
	depth, otherDepth        Depth
	colorAsAny               any
	weekday                  time.Weekday
	month                    time.Month
	kind                     reflect.Kind
	colors                   map[Color]Access
)

//go:noinline
func constants(n int) {
	color, noColor = green, 7
	accessSome, accessAll, accessUnknown = read|exec, all, 8|read
	depth, otherDepth = below, 5
	colorAsAny, weekday, month, kind = blue, time.Saturday, time.November, reflect.Slice
	colors = map[Color]Access{red: write}
	say("color", &color, "green (1)")
	say("noColor", &noColor, "7")
	say("accessNone", &accessNone, "0")
	say("accessSome", &accessSome, "read|exec (5)")
	say("accessAll", &accessAll, "all (7)")
	say("accessUnknown", &accessUnknown, "9")
	say("depth", &depth, "below (-1)")
	say("otherDepth", &otherDepth, "5")
	say("colorAsAny", &colorAsAny, "main.Color(blue (2))")
	say("weekday", &weekday, fmt.Sprintf("%v (%d)", weekday, weekday))
	say("month", &month, fmt.Sprintf("%v (%d)", month, month))
	say("kind", &kind, fmt.Sprintf("Slice (%d)", kind))
	say("colors", &colors, "map[main.Color]main.Access len: 1, {red (0): write (2)}")
}

//go:noinline
func crash(p *int) int { return *p }

func main() {
	times(len(os.Args))
	errorChains(len(os.Args))
	contexts(len(os.Args))
	locks(len(os.Args))
	network_(len(os.Args))
	data(len(os.Args))
	constants(len(os.Args))
	crash(nil)
}
