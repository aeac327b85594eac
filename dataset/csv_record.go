package dataset

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

const (
	csvBlock = 256 << 10 // bytes that are read at a time
	csvPad   = 8         // zero bytes behind the data, so that eight can be loaded at its last byte
)

// A csvRecords reads a file record by record.
type csvRecords struct {
	ctx       context.Context
	in        *csvInput
	file      *csvFile
	maxRecord int

	buf      []byte // buf[pos:end] is read and not used yet
	pos, end int
	base     int64 // offset in the file of buf[0]
	limit    int64 // offset from which on records are those of the next part
	eof      bool
	skip     bool       // in the rest of a record that is too long
	scan     csvScanner // at pos

	fields []csvField
	text   []byte // of fields without their doubled quotes
}

// A csvRecord is a record with its place.
type csvRecord struct {
	raw    []byte // without its line end; the beginning, where it is too long
	offset int64
	line   int64 // from 1
	fault  fault // why none of it can be read
}

// A csvField is a field of a record.
type csvField struct {
	value  []byte // without quotes
	quoted bool
	tail   []byte // what follows the closing quote
}

// offset returns where the next unread byte is in the file.
func (r *csvRecords) offset() int64 { return r.base + int64(r.pos) }

// fill reads more. What is not used yet moves to the front.
func (r *csvRecords) fill() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	copy(r.buf, r.buf[r.pos:r.end])
	r.base += int64(r.pos)
	r.pos, r.end = 0, r.end-r.pos
	if r.end+csvPad >= len(r.buf) {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.in.Read(r.buf[r.end : len(r.buf)-csvPad])
	r.end += n
	clear(r.buf[r.end : r.end+csvPad])
	if err == io.EOF {
		r.eof, err = true, nil
		if !r.file.gzip && r.base+int64(r.end) != r.file.size {
			err = fmt.Errorf("have %d bytes, want %d as when it was opened", r.base+int64(r.end), r.file.size)
		}
	}
	return r.file.at(err)
}

// record returns the next record that begins before the limit, else io.EOF. Its
// bytes are valid until the next call.
func (r *csvRecords) record() (csvRecord, error) {
	for {
		if r.skip {
			if err := r.pass(); err != nil {
				return csvRecord{}, err
			}
		}
		if r.offset() >= r.limit {
			return csvRecord{}, io.EOF
		}
		if r.pos == r.end {
			if r.eof {
				return csvRecord{}, io.EOF
			}
			if err := r.fill(); err != nil {
				return csvRecord{}, err
			}
			continue
		}
		begin := r.scan
		rec := csvRecord{offset: r.offset(), line: begin.lines + 1}
		n, whole, err := r.unit()
		if err != nil {
			return csvRecord{}, err
		}
		rec.raw = r.buf[r.pos : r.pos+n]
		r.pos += n
		if r.scan.records == begin.records && !r.skip {
			continue // a blank line or a comment
		}
		r.judge(&rec, begin, whole)
		return rec, nil
	}
}

// unit finds the end of the record, blank line or comment at pos. Of a record that
// is too long it gives more than maxRecord bytes and sets skip.
func (r *csvRecords) unit() (n int, whole bool, err error) {
	for {
		m, whole := r.scan.unit(r.buf[r.pos+n : r.end])
		n += m
		if whole || r.eof && r.pos+n == r.end {
			return n, whole, nil
		}
		switch {
		case r.scan.state == inComment:
			r.pos, n = r.end, 0
		case n > r.maxRecord+len("\r\n"):
			r.skip = true
			return n, false, nil
		}
		if err := r.fill(); err != nil {
			return n, false, err
		}
	}
}

// pass goes on to the end of a record that is too long.
func (r *csvRecords) pass() error {
	for {
		n, whole := r.scan.unit(r.buf[r.pos:r.end])
		r.pos += n
		if whole || r.eof && r.pos == r.end {
			r.skip = false
			return nil
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// judge takes the line end off and finds what is wrong with the record as a whole.
func (r *csvRecords) judge(rec *csvRecord, begin csvScanner, whole bool) {
	if whole {
		rec.raw = rec.raw[:len(rec.raw)-1]
	}
	open := false
	if !whole && !r.skip {
		open = r.scan.finish()
	}
	if !open && !r.skip {
		rec.raw = bytes.TrimSuffix(rec.raw, []byte{'\r'})
	}
	switch {
	case len(rec.raw) > r.maxRecord:
		rec.fault.want = fmt.Sprintf("want at most %d bytes", r.maxRecord)
		rec.fault.reason = "have a longer record, " + rec.fault.want
		begin.unit(rec.raw[:r.maxRecord])
		if begin.state == inQuotes {
			rec.fault.reason += fmt.Sprintf("; the quote opened at line %d, byte %d, is not closed in them", begin.openLine+1, begin.openColumn+1)
		}
		rec.raw = rec.raw[:min(r.maxRecord, rejectRaw)]
	case open:
		rec.fault.want = "want a closing quote"
		rec.fault.reason = fmt.Sprintf("have a quote opened at line %d, byte %d, and never closed, want a closing quote", r.scan.openLine+1, r.scan.openColumn+1)
	}
}

// rejectRaw is how much is shown of a record that is too long.
const rejectRaw = 4096

// split finds the fields of a record.
func (r *csvRecords) split(raw []byte) []csvField {
	r.fields, r.text = r.fields[:0], r.text[:0]
	for {
		var f csvField
		if quote := r.scan.quote; quote != 0 && len(raw) > 0 && raw[0] == quote {
			f, raw = r.unquote(raw[1:])
		}
		end := bytes.IndexByte(raw, r.scan.comma)
		last := end < 0
		if last {
			end = len(raw)
		}
		if f.quoted {
			f.tail = raw[:end]
		} else {
			f.value = raw[:end]
		}
		r.fields = append(r.fields, f)
		if last {
			return r.fields
		}
		raw = raw[end+1:]
	}
}

// unquote reads a field behind its opening quote and returns what follows the
// closing one.
func (r *csvRecords) unquote(raw []byte) (csvField, []byte) {
	from := len(r.text)
	for {
		quote := r.scan.quote
		end := bytes.IndexByte(raw, quote)
		switch {
		case end < 0:
			return csvField{value: raw, quoted: true}, nil
		case end+1 < len(raw) && raw[end+1] == quote:
			r.text = append(r.text, raw[:end+1]...)
			raw = raw[end+2:]
		case from == len(r.text):
			return csvField{value: raw[:end], quoted: true}, raw[end+1:]
		default:
			r.text = append(r.text, raw[:end]...)
			return csvField{value: r.text[from:], quoted: true}, raw[end+1:]
		}
	}
}
