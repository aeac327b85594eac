package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
)

// CSV says how to read files of delimited text: RFC 4180, and what people meet
// besides.
//
// # Records
//
// A record ends at a line feed, with or without a carriage return before it, or
// at the end of the file. Blank lines are skipped; in a table of one column a blank
// line is a record without a value, so that none is lost. A byte order mark of
// UTF-8 is skipped. A field that begins with a quote ends at the next quote that is
// not doubled, and keeps every byte in between: separators, line breaks as they
// are. A quote elsewhere in a field is text. Bytes are never changed: text may hold
// NUL and invalid UTF-8.
//
// Where records begin is decided by these rules alone, whatever the fields hold, so
// that a bad record does not shift those after it.
//
// # Values
//
//	Float    decimal, rounded correctly; inf and infinity, with a sign or without;
//	         nan is a missing value
//	Float32  the same, rounded once to 32 bits
//	Int      decimal digits with or without a sign
//	Bool     true, false, 1, 0
//	Time     as TimeLayouts say, to microseconds below, in UTC
//	String   bytes
//
// Words may be in any case of letters. Spaces and tabs around a value are left out,
// but belong to a String. A number that does not fit its type is refused, and so are
// hexadecimal digits and underscores. A field without quotes that is a word of Null
// is missing; with quotes it is so in all columns but those of text, where "" is
// the empty text.
//
// # What cannot be read
//
// These are refused: a value that is not of its column's type, text after a closing
// quote, too few or too many fields, a record above MaxRecord, and a quote that is
// never closed, at the place where it opened. OnError says what happens then:
//
//	FailFast  reading ends with an error that is a [*Reject]
//	Drop      the record is left out: a [Reject] of its chunk. One is reported for
//	          each record, the first from the left
//	Keep      the record stays; a value that failed or is not there is missing, what
//	          is too much is left out. Nothing remains of one above MaxRecord or
//	          with an open quote
//
// Drop and Keep tell Rejects, which must not call the source, and the [Report].
//
// # Inference
//
// Without a Schema the types are those that all values of the first InferRows
// records fit: int, float, bool (words only), time, or else string. Whole numbers
// with a leading zero or too long for an int are taken for keys, and stay text. A
// column without values is text. Without a header the names are _c0, _c1 and so on.
type CSV struct {
	Path        string       // a file, a glob, or a directory, whose files are read by name but for those beginning with . or _; gzip is inflated
	Schema      Schema       // columns to read, found in the header by name; without a header all columns in order; default: inferred
	Comma       byte         // separator; default ','
	Quote       byte         // default '"'
	NoQuote     bool         // quotes are text
	NoHeader    bool         // the first record is data
	Null        []string     // words that mean a missing value, instead of the default: the empty field
	Comment     byte         // lines that begin with it are skipped; default none
	InferRows   int          // records to infer the types from; default 1000
	OnError     ErrorMode    // default FailFast
	Rejects     func(Reject) // is told of each reject once, however often the data is read, by one goroutine at a time; default none
	MaxRecord   int          // bytes of a record, without its line end, that are read at most; default 1 MiB
	PartSize    int64        // bytes of a part; default 8 MiB; a gzip file is one part
	TimeLayouts []string     // as in package time; default RFC 3339, "2006-01-02 15:04:05" and "2006-01-02"
}

// An ErrorMode says what happens to a record that cannot be read.
type ErrorMode uint8

const (
	FailFast ErrorMode = iota // reading ends with an error
	Drop                      // the record is left out and reported
	Keep                      // what cannot be read is missing and reported
)

var timeLayouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02"}

func (c CSV) defaults() CSV {
	c.Comma = cmp.Or(c.Comma, ',')
	c.Quote = cmp.Or(c.Quote, '"')
	if c.NoQuote {
		c.Quote = 0
	}
	if c.Null == nil {
		c.Null = []string{""}
	}
	c.InferRows = cmp.Or(c.InferRows, 1000)
	c.MaxRecord = cmp.Or(c.MaxRecord, 1<<20)
	c.PartSize = cmp.Or(c.PartSize, 8<<20)
	if c.TimeLayouts == nil {
		c.TimeLayouts = timeLayouts
	}
	return c
}

// A CSVSource is the table of one or more files of delimited text. It is a
// [Counter], a [Sizer] and a [Selecter].
//
// A part is a run of bytes and holds the records that begin in it. Where the first
// of them begins depends on all quotes before; so a part is scanned, much faster
// than it is read, unless the part before it has been read through. What is found
// is kept. The files must not change while the source is in use: a size or time of
// change that differs is an error.
type CSVSource struct {
	csv    CSV
	schema Schema
	cols   []int // of the columns of the schema, among those that are known by the files
	files  []*csvFile
	parts  []csvPart
	ledger *csvLedger
	pool   *sync.Pool // of *[]byte, the blocks that files are read in
}

// A csvPart is part number of file.
type csvPart struct {
	file   *csvFile
	number int
}

// Schema returns the columns that are read.
func (s *CSVSource) Schema() Schema { return s.schema }

// Parts returns how many parts there are: by size, at least one a file.
func (s *CSVSource) Parts() int { return len(s.parts) }

// Size returns the number of bytes of all files, and of records where all have been
// counted.
func (s *CSVSource) Size() (rows, bytes int64) {
	known := true
	for _, f := range s.files {
		bytes += f.size
		n, ok := f.plan.total(f.parts)
		rows += n
		known = known && ok
	}
	if !known {
		rows = 0
	}
	return rows, bytes
}

// PartRows returns how many records each part holds, those included that are
// refused. What has not been read or scanned yet is scanned.
func (s *CSVSource) PartRows(ctx context.Context) ([]int64, error) {
	rows := make([]int64, len(s.parts))
	for i, p := range s.parts {
		from, to, err := s.bounds(ctx, p)
		if err != nil {
			return nil, err
		}
		rows[i] = to.records - from.records
	}
	return rows, nil
}

// Select returns a source that reads the named columns only. The fields of others
// are found, not read: what they hold is not checked, but a record must have the
// right number of them. Both sources share the Report, and Rejects hears of a reject
// once.
func (s *CSVSource) Select(names ...string) (Dataset, error) {
	schema, err := s.schema.Select(names...)
	if err == nil && len(names) == 0 {
		err = errors.New("have no columns, want at least one")
	}
	if err != nil {
		return nil, err
	}
	out := *s
	out.schema, out.cols = schema, make([]int, len(names))
	for k, name := range names {
		out.cols[k] = s.cols[s.schema.Index(name)]
	}
	return &out, nil
}

// Report accounts for the records that have been read up to now.
func (s *CSVSource) Report() Report { return s.ledger.report() }

// Read gives the chunks of a part. A chunk ends after [ChunkRows] records or 8 MiB.
func (s *CSVSource) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		r, err := s.openPart(ctx, part)
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		defer r.close()
		for {
			c, err := r.next()
			if err == io.EOF {
				return
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// check refuses parameters that make no sense together.
func (c CSV) check() error {
	if c.Path == "" {
		return errors.New("have no Path, want a file, a glob or a directory")
	}
	if c.InferRows < 0 || c.MaxRecord < 0 || c.PartSize < 0 {
		return fmt.Errorf("have InferRows %d, MaxRecord %d, PartSize %d, want none below 0", c.InferRows, c.MaxRecord, c.PartSize)
	}
	if c.OnError > Keep {
		return fmt.Errorf("have OnError %d, want FailFast, Drop or Keep", c.OnError)
	}
	marks := []byte{c.Comma}
	for _, m := range []byte{c.Quote, c.Comment} {
		if m != 0 {
			marks = append(marks, m)
		}
	}
	for i, m := range marks {
		letter := m|0x20 >= 'a' && m|0x20 <= 'z'
		digit := m >= '0' && m <= '9'
		if letter || digit || m >= 0x80 || m == '\n' || m == '\r' || slices.Contains(marks[:i], m) || i == 0 && (m == '.' || m == '-' || m == '+') {
			return fmt.Errorf("have Comma %q, Quote %q, Comment %q, want different ASCII characters that are no part of words, numbers or line breaks",
				c.Comma, c.Quote, c.Comment)
		}
	}
	for _, f := range c.Schema.Fields {
		if f.Type == Vector || f.Type == Invalid {
			return &ColumnError{Column: f.Name, Have: f.Type, Fact: "have " + f.Type.String(), Want: "a number, bool, time or string"}
		}
	}
	return nil
}
