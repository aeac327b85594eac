package dataset

import "bytes"

// A csvDialect is the punctuation of a file.
type csvDialect struct {
	comma, quote, comment byte // quote and comment: 0 = none
}

// A csvScanner finds where records begin and end. It is the only judge of that:
// one automaton over the bytes of a file from its first record on, whatever the
// fields hold, so that a bad record never shifts those after it. Between calls it
// stands anywhere, also inside a quoted field.
type csvScanner struct {
	csvDialect
	blank   bool // a blank line is a record
	state   csvState
	records int64 // that have begun
	lines   int64 // that have ended

	openLine, openColumn int64 // lines and bytes of its line before the last quote that opened a field
	column               int64 // bytes of the line before the block
}

type csvState uint8

const (
	atRecord   csvState = iota // a record, a blank line or a comment may begin
	atBlank                    // after a carriage return that began a line
	atField                    // a field begins
	inField                    // in a field without quotes, or after what follows a closing quote
	inQuotes                   // in a quoted field
	afterQuote                 // after a quote in a quoted field
	inComment                  // in a comment line
)

// unit reads on to the end of the record, blank line or comment line that it is in
// or that begins, and returns the number of bytes it took from b. Where b ends
// before, whole is false.
func (s *csvScanner) unit(b []byte) (n int, whole bool) {
	feed := -1 // the next line feed, found once
	for n < len(b) {
		switch c := b[n]; s.state {
		case atRecord:
			s.column = -int64(n)
			switch {
			case c == '\n':
				return s.endLine(n, s.blank)
			case c == '\r':
				s.state = atBlank
				n++
			case c == s.comment && c != 0:
				s.state = inComment
			default:
				s.records++
				s.state = atField
			}
		case atBlank:
			if c == '\n' {
				return s.endLine(n, s.blank)
			}
			s.records++
			s.state = inField
		case atField:
			s.state = inField
			if c == s.quote && c != 0 {
				s.open(n)
				n++
			}
		case inField:
			if feed < n {
				if feed = bytes.IndexByte(b[n:], '\n'); feed < 0 {
					feed = len(b)
				} else {
					feed += n
				}
			}
			n = s.field(b[:feed], n)
			if s.state == inField && feed < len(b) {
				return s.endLine(feed, false)
			}
		case inQuotes:
			n = s.quoted(b, n)
		case afterQuote:
			switch c {
			case s.quote:
				s.state = inQuotes
				n++
			case s.comma:
				s.state = atField
				n++
			default:
				s.state = inField
			}
		case inComment:
			j := bytes.IndexByte(b[n:], '\n')
			if j >= 0 {
				return s.endLine(n+j, false)
			}
			n = len(b)
		}
	}
	s.column += int64(n)
	return n, false
}

func (s *csvScanner) endLine(n int, record bool) (int, bool) {
	if record {
		s.records++
	}
	s.lines++
	s.state = atRecord
	return n + 1, true
}

func (s *csvScanner) open(n int) {
	s.state = inQuotes
	s.openLine, s.openColumn = s.lines, s.column+int64(n)
}

// field goes on from n, which is not at the beginning of a field, past the next
// quote that opens one, or to the end of b, which has no line feed from n on.
func (s *csvScanner) field(b []byte, n int) int {
	for q := n + 1; s.quote != 0 && q < len(b); q++ {
		k := bytes.IndexByte(b[q:], s.quote)
		if k < 0 {
			break
		}
		q += k
		if b[q-1] == s.comma {
			s.open(q)
			return q + 1
		}
	}
	if len(b) > n && b[len(b)-1] == s.comma {
		s.state = atField
	}
	return len(b)
}

// quoted goes on from n, which is in a quoted field, past the next quote.
func (s *csvScanner) quoted(b []byte, n int) int {
	text := b[n:]
	end := bytes.IndexByte(text, s.quote)
	if end >= 0 {
		text = text[:end]
	}
	if lines := bytes.Count(text, []byte{'\n'}); lines > 0 {
		s.lines += int64(lines)
		s.column = -int64(n + bytes.LastIndexByte(text, '\n') + 1)
	}
	if end < 0 {
		return len(b)
	}
	s.state = afterQuote
	return n + end + 1
}

// finish is the end of the file. It reports whether a quoted field is still open.
func (s *csvScanner) finish() (open bool) {
	open = s.state == inQuotes
	s.state = atRecord
	return open
}
