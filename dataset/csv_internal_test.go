package dataset

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The scanner comes to the same end however its bytes are cut into blocks.
func TestCSVScannerBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		var text []byte
		for range r.IntN(60) {
			text = append(text, ",\n\r\"\"#xx"[r.IntN(8)])
		}
		scan := func(block func() int) (ends []int, s csvScanner) {
			s = csvScanner{csvDialect: csvDialect{',', '"', '#'}, blank: len(text)%2 == 0}
			for at := 0; at < len(text); {
				b := text[at:min(at+block(), len(text))]
				for len(b) > 0 {
					n, whole := s.unit(b)
					at += n
					b = b[n:]
					if whole {
						ends = append(ends, at)
					}
				}
			}
			return ends, s
		}
		ends, whole := scan(func() int { return 1 << 20 })
		cutEnds, cut := scan(func() int { return 1 + r.IntN(5) })
		whole.column, cut.column = 0, 0 // between records it says nothing
		if diff := cmp.Diff(ends, cutEnds); diff != "" || whole != cut {
			t.Fatalf("%q: have %+v, want %+v; ends (-want +got):\n%s", text, cut, whole, diff)
		}
	}
}

// The fast way gives the same chunks as the one that reads every record by itself.
func TestCSVFastAndSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	values := []string{"0", "7", "10", "1234567", "12345678", "-3", "0.25", "1.00", "9.99", "10.5", "1e3", "0.123456789012345678", "", " 5", "nan", "inf", "x", "\"4\"", "\"\"",
		"true", "0", "1", "http", "private", "longer text than eight", "\"quoted, text\"", "\"line\nbreak\"", "\"x\"\"\"", "\"a\"b", "NA", "2024-01-01"}
	types := []Type{Float, Float, Float32, Int, Int, Bool, Time, String, String}
	path := filepath.Join(t.TempDir(), "f.csv")
	for k := range 400 {
		csv := CSV{Path: path, NoHeader: true, OnError: ErrorMode(1 + r.IntN(2)), Null: [][]string{nil, {"NA", ""}, {"NA"}}[r.IntN(3)], NoQuote: r.IntN(4) == 0, MaxRecord: 100}
		fields := 1 + r.IntN(9)
		for i := range fields {
			csv.Schema.Fields = append(csv.Schema.Fields, Field{Name: fmt.Sprint(i), Type: types[r.IntN(len(types))]})
		}
		var b strings.Builder
		for range 300 {
			for i, f := range csv.Schema.Fields {
				if i > 0 && r.IntN(500) > 0 {
					b.WriteByte(',')
				}
				usual := values[:12]
				if f.Type == String {
					usual = values[22:26]
				}
				if r.IntN(20) == 0 {
					usual = values
				}
				b.WriteString(usual[r.IntN(len(usual))])
			}
			b.WriteString([]string{"\n", "\n", "\n", "\r\n", "\n\n"}[r.IntN(5)])
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := OpenCSV(csv)
		if err != nil {
			t.Fatal(err)
		}
		view := s
		if r.IntN(2) == 0 {
			names := s.Schema().Names()
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			ds, err := s.Select(names[:1+r.IntN(len(names))]...)
			if err != nil {
				t.Fatal(err)
			}
			view = ds.(*CSVSource)
		}
		if diff := cmp.Diff(chunksOf(t, view, true), chunksOf(t, view, false)); diff != "" {
			t.Fatalf("table %d, %v: chunks (-slow +fast):\n%s", k, csv.Schema, diff)
		}
	}
}

func chunksOf(t *testing.T, s *CSVSource, slow bool) (out []string) {
	reader, err := s.openPart(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.close()
	if slow {
		for i := range reader.fast.stop {
			reader.fast.stop[i] = true
		}
	}
	for {
		c, err := reader.next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%v %+v", c.origin, c.dropped))
		for i := range c.rows {
			row := ""
			for _, col := range c.cols {
				switch col := col.(type) {
				case Floats:
					row += fmt.Sprintf("%x|", col[i])
				case Ints:
					row += fmt.Sprintf("%d %v|", col.Values[i], col.Missing(i))
				case Strings:
					row += fmt.Sprintf("%d %q|", col.Codes[i], col.At(i))
				}
			}
			out = append(out, row)
		}
		for _, col := range c.cols {
			if s, ok := col.(Strings); ok {
				out = append(out, fmt.Sprintf("%q", s.Dict))
			}
		}
	}
}
