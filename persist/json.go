package persist

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A parser reads JSON strictly: any key at most once in an object, no lone
// surrogates, UTF-8 only, and the limits of depth and keys. It goes over the text
// once and builds nothing.
type parser struct {
	text  []byte
	pos   int
	depth int
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", p.pos, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\n', '\t', '\r':
			p.pos++
		default:
			return
		}
	}
}

// peek returns the first byte of the next token, and 0 at the end.
func (p *parser) peek() byte {
	p.space()
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// next takes c where it is the next token.
func (p *parser) next(c byte) bool {
	if p.peek() != c || p.pos == len(p.text) {
		return false
	}
	p.pos++
	return true
}

func (p *parser) want(c byte) error {
	if p.next(c) {
		return nil
	}
	return p.unexpected(strconv.QuoteRune(rune(c)))
}

func (p *parser) unexpected(want string) error {
	if p.peek(); p.pos == len(p.text) {
		return p.errorf("have the end of the text, want %s", want)
	}
	return p.errorf("have %q, want %s", p.text[p.pos], want)
}

// end wants nothing but space.
func (p *parser) end() error {
	if p.peek(); p.pos < len(p.text) {
		return p.unexpected("the end")
	}
	return nil
}

// word takes a literal: null, true or false.
func (p *parser) word(w string) bool {
	p.space()
	if rest := p.text[p.pos:]; len(rest) < len(w) || string(rest[:len(w)]) != w {
		return false
	}
	p.pos += len(w)
	return true
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return &LimitError{What: "levels of JSON", Max: maxDepth}
	}
	return nil
}

// object calls each with every key; each reads the value.
func (p *parser) object(each func(key string) error) error {
	if err := p.want('{'); err != nil {
		return err
	}
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	var keys keySet
	for first := true; !p.next('}'); first = false {
		if !first {
			if err := p.want(','); err != nil {
				return err
			}
		}
		key, err := p.string()
		if err != nil {
			return err
		}
		if err := keys.add(key); err != nil {
			return err
		}
		if err := p.want(':'); err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
	}
	return nil
}

// A keySet finds the second of two equal keys.
type keySet struct {
	few  [16]string
	n    int // keys in few
	many map[string]bool
}

func (k *keySet) add(key string) error {
	if k.many[key] || slices.Contains(k.few[:k.n], key) {
		return fmt.Errorf("have the key %q twice", shorten(key))
	}
	if k.n < len(k.few) {
		k.few[k.n] = key
		k.n++
		return nil
	}
	if k.many == nil {
		k.many = map[string]bool{}
	}
	if len(k.many)+k.n >= maxKeys {
		return &LimitError{What: "keys in an object", Max: maxKeys}
	}
	k.many[key] = true
	return nil
}

// array calls each with every index; each reads the element.
func (p *parser) array(each func(i int) error) error {
	if err := p.want('['); err != nil {
		return err
	}
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	for i := 0; !p.next(']'); i++ {
		if i > 0 {
			if err := p.want(','); err != nil {
				return err
			}
		}
		if err := each(i); err != nil {
			return err
		}
	}
	return nil
}

// count returns the length of the array that is next, and stays before it.
func (p *parser) count() (n int, err error) {
	ahead := *p
	err = ahead.array(func(int) error { n++; return ahead.skip() })
	return n, err
}

// skip reads a value of any kind.
func (p *parser) skip() error {
	switch c := p.peek(); {
	case c == '{':
		return p.object(func(string) error { return p.skip() })
	case c == '[':
		return p.array(func(int) error { return p.skip() })
	case c == '"':
		_, _, err := p.quoted()
		return err
	case c == '-' || '0' <= c && c <= '9':
		_, err := p.number()
		return err
	}
	if p.word("null") || p.word("true") || p.word("false") {
		return nil
	}
	return p.unexpected("a value")
}

// number returns the text of a number.
func (p *parser) number() (string, error) {
	p.space()
	start := p.pos
	digits := func() bool {
		from := p.pos
		for p.pos < len(p.text) && '0' <= p.text[p.pos] && p.text[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	take := func(chars string) bool {
		for i := range len(chars) {
			if p.pos < len(p.text) && p.text[p.pos] == chars[i] {
				p.pos++
				return true
			}
		}
		return false
	}
	take("-")
	ok := take("0") || digits()
	if ok && take(".") {
		ok = digits()
	}
	if ok && take("eE") {
		take("+-")
		ok = digits()
	}
	if !ok {
		return "", p.unexpected("a number")
	}
	return string(p.text[start:p.pos]), nil
}

// string returns the text of a string.
func (p *parser) string() (string, error) {
	start, escaped, err := p.quoted()
	if err != nil {
		return "", err
	}
	s := p.text[start : p.pos-1]
	if escaped {
		if s, err = unescape(s); err != nil {
			return "", err
		}
	}
	if !utf8.Valid(s) {
		return "", p.errorf("have a string that is not UTF-8")
	}
	return string(s), nil
}

// quoted goes past a string. It returns where the string begins and whether there
// is an escape in it.
func (p *parser) quoted() (start int, escaped bool, err error) {
	if err := p.want('"'); err != nil {
		return 0, false, err
	}
	start = p.pos
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return start, escaped, nil
		case c == '\\':
			escaped = true
			p.pos++
		case c < ' ':
			return 0, false, p.unexpected("a string without control characters")
		}
	}
	p.pos = len(p.text)
	return 0, false, p.unexpected("the end of a string")
}

func unescape(s []byte) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for p := (parser{text: s}); p.pos < len(s); {
		if c := s[p.pos]; c != '\\' {
			out = append(out, c)
			p.pos++
			continue
		}
		r, err := p.escape()
		if err != nil {
			return nil, err
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

func (p *parser) escape() (rune, error) {
	if p.pos++; p.pos == len(p.text) {
		return 0, p.unexpected("an escape")
	}
	c := p.text[p.pos]
	p.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, err := p.hex()
		if err != nil || !utf16.IsSurrogate(r) {
			return r, err
		}
		if rest := p.text[p.pos:]; len(rest) > 1 && rest[0] == '\\' && rest[1] == 'u' {
			p.pos += 2
			low, err := p.hex()
			if r = utf16.DecodeRune(r, low); err == nil && r != utf8.RuneError {
				return r, nil
			}
		}
		return 0, p.errorf("have half a surrogate pair")
	}
	return 0, p.errorf("have the escape %q, which JSON does not know", c)
}

func (p *parser) hex() (rune, error) {
	if len(p.text)-p.pos < 4 {
		return 0, p.errorf("have the end of the text, want four hexadecimal digits")
	}
	x, err := strconv.ParseUint(string(p.text[p.pos:p.pos+4]), 16, 16)
	if err != nil {
		return 0, p.errorf("have %q, want four hexadecimal digits", p.text[p.pos:p.pos+4])
	}
	p.pos += 4
	return rune(x), nil
}

// appendString writes s, which is UTF-8, as JSON. Nothing is escaped that need
// not be, so that the bytes do not depend on a version of encoding/json.
func appendString[T string | []byte](dst []byte, s T) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// appendFloat writes x in the fewest digits that read back to the same bits.
// What JSON has no number for is a string.
func appendFloat(dst []byte, x float64, bits int) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(dst, `"-Infinity"`...)
	}
	return strconv.AppendFloat(dst, x, 'g', -1, bits)
}

// float reads what appendFloat writes.
func (p *parser) float(bits int) (float64, error) {
	if p.peek() != '"' {
		text, err := p.number()
		if err != nil {
			return 0, err
		}
		x, err := strconv.ParseFloat(text, bits)
		if err != nil {
			return 0, p.errorf("have %s, want a number of %d bits", shorten(text), bits)
		}
		return x, nil
	}
	text, err := p.string()
	if err != nil {
		return 0, err
	}
	switch text {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	return 0, p.errorf("have %q, want a number, NaN, Infinity or -Infinity", shorten(text))
}

// shorten cuts a text from a file down to what an error should show.
func shorten(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
