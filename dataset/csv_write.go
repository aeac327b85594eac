package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
)

// A CSVWriter says how to write delimited text.
type CSVWriter struct {
	Comma    byte   // separator; default ','
	Null     string // word for a missing value; default: the empty field
	NoHeader bool   // leave out the names of the columns
}

// WriteCSV writes the columns of the schema of each chunk as delimited text, and
// returns the number of rows written. Read again with the same schema, separator and
// word for a missing value, the text gives the same table, bit for bit.
//
// Floats have the fewest digits that are read back as the same number, and an
// exponent below 1e-6 and from 1e21 on; infinities are +Inf and -Inf. Bools are true
// and false, times RFC 3339 in UTC, of the years 0 to 9999. Text is quoted where it
// must be, and where it is empty, begins or ends with a space or tab, or is the word
// for a missing value. Lines end with a line feed. A vector column is an error.
//
// The chunks may come from [Chunks], or from fold.Chunks, which makes them in
// parallel.
func WriteCSV(w io.Writer, schema Schema, chunks iter.Seq2[Chunk, error], o CSVWriter) (rows int64, err error) {
	o.Comma = cmp.Or(o.Comma, ',')
	if err := o.check(schema); err != nil {
		return 0, fmt.Errorf("dataset.WriteCSV: %w", err)
	}
	e := csvEncoder{CSVWriter: o, to: w, fields: schema.Fields}
	if !o.NoHeader {
		for i, f := range schema.Fields {
			e.separate(i)
			e.text(f.Name)
		}
		e.buf = append(e.buf, '\n')
	}
	for c, err := range chunks {
		if err == nil {
			err = e.chunk(c)
		}
		if err != nil {
			return rows, err
		}
		rows += int64(c.rows)
	}
	return rows, e.flush(0)
}

// check refuses what cannot be read back.
func (o CSVWriter) check(schema Schema) error {
	reading := CSV{Path: "-", Schema: schema, Comma: o.Comma}.defaults()
	if err := reading.check(); err != nil {
		return err
	}
	if len(schema.Fields) == 0 {
		return errors.New("have no columns, want at least one")
	}
	var g csvGuess
	g.see(newCSVBuilder(CSV{TimeLayouts: timeLayouts}, Schema{}, nil), csvField{value: []byte(o.Null)})
	number, v := parseFloat([]byte(o.Null), 64)
	if o.quoted(o.Null) || g.result() != String && (v != good || !math.IsNaN(number)) {
		return fmt.Errorf("have Null %q, want a word that is not a value and needs no quotes", o.Null)
	}
	return nil
}

// quoted reports whether a text needs quotes whatever it means.
func (o CSVWriter) quoted(text string) bool {
	if text == "" {
		return false
	}
	switch text[0] {
	case ' ', '\t', '\xef': // the last one may begin a byte order mark
		return true
	}
	last := text[len(text)-1]
	if last == ' ' || last == '\t' {
		return true
	}
	for i := range len(text) {
		if c := text[i]; c == o.Comma || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// A csvEncoder writes rows through a buffer.
type csvEncoder struct {
	CSVWriter
	to     io.Writer
	fields []Field
	buf    []byte
}

// flush writes the buffer where it holds at least so many bytes.
func (e *csvEncoder) flush(least int) error {
	if len(e.buf) < least || len(e.buf) == 0 {
		return nil
	}
	_, err := e.to.Write(e.buf)
	e.buf = e.buf[:0]
	return err
}

func (e *csvEncoder) separate(column int) {
	if column > 0 {
		e.buf = append(e.buf, e.Comma)
	}
}

// text writes a text that is not missing.
func (e *csvEncoder) text(s string) {
	if s != "" && s != e.Null && !e.quoted(s) {
		e.buf = append(e.buf, s...)
		return
	}
	e.buf = append(e.buf, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		e.buf = append(e.buf, s[:i+1]...)
		e.buf = append(e.buf, '"')
		s = s[i+1:]
	}
	e.buf = append(e.buf, s...)
	e.buf = append(e.buf, '"')
}

// chunk writes the rows of a chunk.
func (e *csvEncoder) chunk(c Chunk) error {
	cols := make([]Column, len(e.fields))
	texts := make([]csvTexts, len(e.fields))
	for i, f := range e.fields {
		if _, err := c.schema.Want(f.Name, f.Type); err != nil {
			return err
		}
		cols[i] = c.Column(c.schema.Index(f.Name))
		if s, ok := cols[i].(Strings); ok && len(s.Dict) <= c.rows {
			texts[i] = e.encoded(s.Dict)
		}
	}
	for row := range c.rows {
		for i, col := range cols {
			e.separate(i)
			switch col := col.(type) {
			case Floats:
				e.float(col[row], e.fields[i].Type)
			case Strings:
				e.code(col, row, texts[i])
			case Ints:
				if err := e.int(col, row, e.fields[i]); err != nil {
					return err
				}
			}
		}
		e.buf = append(e.buf, '\n')
		if err := e.flush(64 << 10); err != nil {
			return err
		}
	}
	return nil
}

func (e *csvEncoder) float(x float64, t Type) {
	switch {
	case math.IsNaN(x):
		e.buf = append(e.buf, e.Null...)
	case t == Float32 && float64(float32(x)) == x:
		e.buf = appendFloat(e.buf, x, 32)
	default:
		e.buf = appendFloat(e.buf, x, 64)
	}
}

func (e *csvEncoder) int(col Ints, row int, f Field) error {
	v := col.Values[row]
	switch {
	case col.Missing(row):
		e.buf = append(e.buf, e.Null...)
	case f.Type == Bool:
		e.buf = strconv.AppendBool(e.buf, v != 0)
	case f.Type == Time:
		t := time.UnixMicro(v).UTC()
		if t.Year() < 0 || t.Year() > 9999 {
			return fmt.Errorf("column %q: have a time in the year %d, want one from 0 to 9999", f.Name, t.Year())
		}
		e.buf = t.AppendFormat(e.buf, "2006-01-02T15:04:05.999999Z07:00")
	default:
		e.buf = strconv.AppendInt(e.buf, v, 10)
	}
	return nil
}

func (e *csvEncoder) code(col Strings, row int, texts csvTexts) {
	switch code := col.Codes[row]; {
	case code < 0:
		e.buf = append(e.buf, e.Null...)
	case texts.ends != nil:
		e.buf = append(e.buf, texts.at(code)...)
	default:
		e.text(col.Dict[code])
	}
}

// csvTexts are the texts of a dictionary as they are written, one after another.
type csvTexts struct {
	all  []byte
	ends []int
}

func (e *csvEncoder) encoded(dict []string) csvTexts {
	one := csvEncoder{CSVWriter: e.CSVWriter}
	ends := make([]int, len(dict))
	for code, s := range dict {
		one.text(s)
		ends[code] = len(one.buf)
	}
	return csvTexts{one.buf, ends}
}

func (t csvTexts) at(code int32) []byte {
	from := 0
	if code > 0 {
		from = t.ends[code-1]
	}
	return t.all[from:t.ends[code]]
}
