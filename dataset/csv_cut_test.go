package dataset_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// nasty has everything that a cut may fall into.
const nasty = "\ufeffa,b,c\r\n1,x,2\r\n\r\n\"3\",\"y\ny,\"\"\r\n\"\"\n1,2,3\n\",4\n\n#c \" \n5,q\"q,6\n7,\"\",\r\n,\"\"\"\",8\nbad,\"v\"w,\n9,\"z,\n#\n\",10\n\"11\",12"

// Whatever the size of the parts, the rows, the rejects, their lines and the counts
// are those of one part.
func TestCSVCuts(t *testing.T) {
	for _, end := range []string{"", "\n", "\n\n", "\n13,\"never\n14,x,1\n\n"} {
		path := write(t, "file.csv", nasty+end)
		open := func(size int64) *dataset.CSVSource {
			ds, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: columns("a:int b:string c:float"), OnError: dataset.Drop, Comment: '#', PartSize: size})
			if err != nil {
				t.Fatal(err)
			}
			return ds
		}
		whole, rejects, err := rows(t, open(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		if len(whole) != 6 {
			t.Errorf("have %d rows, want 6: %q", len(whole), whole)
		}
		for size := int64(1); size <= int64(len(nasty+end)); size++ {
			ds := open(size)
			if size%2 == 0 { // plan first, else by reading
				if _, err := ds.PartRows(t.Context()); err != nil {
					t.Fatal(err)
				}
			} else if size%3 == 0 { // from behind
				for part := ds.Parts() - 1; part >= 0; part-- {
					for _, err := range ds.Read(t.Context(), part) {
						if err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			got, gotRejects, err := rows(t, ds)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Fatalf("parts of %d: rows (-want +got):\n%s", size, diff)
			}
			counts, err := ds.PartRows(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			start := make([]int64, len(counts)+1)
			for p, n := range counts {
				start[p+1] = start[p] + n
			}
			if n := int64(len(whole) + len(rejects)); start[len(counts)] != n {
				t.Fatalf("parts of %d: have %d records, want %d", size, start[len(counts)], n)
			}
			for i := range gotRejects {
				gotRejects[i].Row += start[gotRejects[i].Part]
				gotRejects[i].Part = 0
			}
			if diff := cmp.Diff(rejects, gotRejects); diff != "" {
				t.Fatalf("parts of %d: rejects (-want +got):\n%s", size, diff)
			}
			if r := ds.Report(); r.Rows != r.Kept+r.Rejected || r.Kept != int64(len(whole)) {
				t.Fatalf("parts of %d: have report %v", size, r)
			}
		}
	}
}

// random makes a table of n rows and three columns, and its text: with quotes where
// they are not needed, line breaks of both kinds, and blank lines.
func random(r *rand.Rand, n int) (text string, want [][]string) {
	pieces := []string{"a", "b c", ",", "\"", "\n", "\r\n", "\r", "é", "\x00", "123", "0.25", ""}
	var b strings.Builder
	for range n {
		var row []string
		for j := range 3 {
			var value string
			for range r.IntN(4) {
				value += pieces[r.IntN(len(pieces))]
			}
			if j > 0 {
				b.WriteByte(',')
			}
			row = append(row, value)
			if strings.ContainsAny(value, ",\"\r\n") || value == "" || r.IntN(3) == 0 {
				fmt.Fprintf(&b, `"%s"`, strings.ReplaceAll(value, `"`, `""`))
			} else {
				b.WriteString(value)
			}
		}
		b.WriteString([]string{"\n", "\r\n", "\n\n", "\n\r\n"}[r.IntN(4)])
		want = append(want, row)
	}
	return b.String(), want
}

func TestCSVRandomTables(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tables := 300
	if testing.Short() {
		tables = 30
	}
	path := filepath.Join(t.TempDir(), "f.csv")
	for k := range tables {
		text, want := random(r, 1+r.IntN(30))
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		ds, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: columns("a:string b:string c:string"), NoHeader: true, PartSize: 1 + r.Int64N(200)})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := rows(t, ds)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("table %d %q: rows (-want +got):\n%s", k, text, diff)
		}
	}
}

// More than one block of a file: records that lie across blocks, in quotes or not.
func TestCSVBlocks(t *testing.T) {
	var b strings.Builder
	var want [][]string
	for i := range 20_000 {
		id, text := fmt.Sprint(i), strings.Repeat("xyz", i%40)
		switch {
		case i%7 == 0:
			fmt.Fprintf(&b, "%s,\"%s\n\"\"\"\r\n", id, text)
			text += "\n\""
		case text == "":
			fmt.Fprintf(&b, "%s,\n", id)
			text = "<>"
		default:
			fmt.Fprintf(&b, "%s,%s\n", id, text)
		}
		want = append(want, []string{id, text})
	}
	path := write(t, "f.csv", b.String())
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, b.String())
	w.Close()
	for _, csv := range []dataset.CSV{{Path: path}, {Path: path, PartSize: 50_000}, {Path: write(t, "f.csv.gz", z.String())}} {
		csv.Schema, csv.NoHeader = columns("i:int s:string"), true
		ds, err := dataset.OpenCSV(csv)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := rows(t, ds)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%.2000s", diff)
		}
		bytes := int64(0)
		for c := range dataset.Chunks(t.Context(), ds) {
			bytes += c.Origin().Bytes
		}
		if n, size := ds.Size(); n != int64(len(want)) || size != bytes {
			t.Errorf("size: have %d records, %d bytes and %d in chunks, want %d", n, size, bytes, len(want))
		}
	}
}

// Workers read parts at the same time: the same rows in the same order, one report,
// every reject told once.
func TestCSVWorkers(t *testing.T) {
	var b strings.Builder
	for i := range 30_000 {
		switch {
		case i%1000 == 7:
			fmt.Fprintf(&b, "%d,bad\n", i)
		case i%77 == 0:
			fmt.Fprintf(&b, "%d,\"1\n2\",3\n", i)
		default:
			fmt.Fprintf(&b, "%d,text%d,%d.5\n", i, i%50, i)
		}
	}
	path := write(t, "f.csv", b.String())
	var first []string
	for _, workers := range []int{1, 2, 3, 8} {
		told := 0
		ds, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: columns("i:int s:string x:float"), NoHeader: true, OnError: dataset.Drop,
			PartSize: 20_000, Rejects: func(dataset.Reject) { told++ }})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			var got []string
			for c, err := range fold.Chunks(fold.WithWorkers(t.Context(), workers), ds) {
				if err != nil {
					t.Fatal(err)
				}
				for i := range c.Rows() {
					got = append(got, cell(c.Column(0), dataset.Int, i)+cell(c.Column(1), dataset.String, i))
				}
				for _, r := range c.Rejects() {
					got = append(got, fmt.Sprint(r.Line, r.Value))
				}
			}
			if first == nil {
				first = got
			}
			if diff := cmp.Diff(first, got); diff != "" {
				t.Fatalf("%d workers: rows (-want +got):\n%.2000s", workers, diff)
			}
		}
		if r := ds.Report(); r.Rows != 30_000 || r.Rejected != 30 || told != 30 {
			t.Errorf("%d workers: have report %v, %d rejects told, want 30000 rows, 30 rejected", workers, r, told)
		}
	}
}

// One record of 20 MB, in quotes that are closed or never: memory stays bounded, and
// what follows a closed one is read.
func TestCSVEndlessRecord(t *testing.T) {
	for _, tt := range []struct {
		text string
		rows int
	}{{strings.Repeat("x,y\n", 5<<20) + "\"", 2}, {strings.Repeat("x", 20<<20), 1}} {
		text := "1,a\n2,\"" + tt.text + "\n3,b\n"
		for _, size := range []int64{1 << 20, 1 << 30} {
			ds, err := dataset.OpenCSV(dataset.CSV{Path: write(t, "f.csv", text), Schema: columns("i:int s:string"), NoHeader: true, OnError: dataset.Drop, PartSize: size})
			if err != nil {
				t.Fatal(err)
			}
			got, rejects, err := rows(t, ds)
			if err != nil || len(got) != tt.rows || len(rejects) != 1 || len(rejects[0].Raw) > 4096 || !strings.Contains(rejects[0].Reason, "the quote opened at line 2, byte 3,") {
				t.Errorf("have rows %q, %d rejects, error %v, want %d rows and one reject", got, len(rejects), err, tt.rows)
			}
		}
	}
}

// What encoding/csv reads without an error is read as the same fields, but for
// carriage returns, which it changes.
func FuzzCSVLikeStandardLibrary(f *testing.F) {
	f.Add("a,b\n\"c\nd\",\"\"\"\"\n")
	f.Add(" x,\"y\"\n\n,\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, '\r') || strings.HasPrefix(text, "\xef") || strings.HasPrefix(text, "\xfe") || strings.HasPrefix(text, "\xff") ||
			strings.HasPrefix(text, "\x1f\x8b") {
			t.Skip()
		}
		reader := csv.NewReader(strings.NewReader(text))
		want, err := reader.ReadAll()
		if err != nil || len(want) == 0 || len(want[0]) < 2 {
			t.Skip()
		}
		var schema dataset.Schema
		for i := range want[0] {
			schema.Fields = append(schema.Fields, dataset.Field{Name: fmt.Sprint(i), Type: dataset.String})
		}
		got, _, err := read(t, dataset.CSV{Schema: schema, NoHeader: true, Null: []string{}}, text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// dialects are ways to read the same bytes.
func dialect(path string, mode byte) dataset.CSV {
	csv := dataset.CSV{Path: path, NoHeader: mode&1 != 0, OnError: dataset.ErrorMode(1 + mode>>1&1), NoQuote: mode&4 != 0, MaxRecord: 64}
	if mode&8 != 0 {
		csv.Comment = '#'
	}
	switch mode >> 4 & 3 {
	case 0:
		csv.Schema, csv.NoHeader = columns("a:int b:string c:float"), true
	case 1:
		csv.Schema, csv.NoHeader = columns("a:string"), true
	case 2:
		csv.Schema, csv.NoHeader = columns("a:time b:bool c:float32 d:string"), true
	}
	return csv
}

// sameForCuts reads the file in one part and in parts of a size, and checks that every
// record is accounted for and the same in both.
func sameForCuts(t *testing.T, csv dataset.CSV, size int64) {
	read := func(size int64) (table [][]string, rejects []dataset.Reject, failed bool) {
		csv.PartSize = size
		ds, err := dataset.OpenCSV(csv)
		if err != nil {
			return nil, nil, true // no header, or one that cannot be read
		}
		if table, rejects, err = rows(t, ds); err != nil {
			return nil, nil, true // a gzip file that is none
		}
		counts, err := ds.PartRows(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		records := int64(0)
		for _, n := range counts {
			records += n
		}
		if n := int64(len(table) + len(rejects)); n != records || ds.Report().Rows != records {
			t.Fatalf("have %d rows and %d rejects, report %v, want %d records", len(table), len(rejects), ds.Report(), records)
		}
		return table, rejects, false
	}
	whole, rejects, failed := read(1 << 30)
	if failed {
		return
	}
	cut, cutRejects, _ := read(size)
	if diff := cmp.Diff(whole, cut); diff != "" {
		t.Fatalf("parts of %d: rows (-want +got):\n%s", size, diff)
	}
	for i := range rejects {
		a, b := rejects[i], cutRejects[i]
		if a.Line != b.Line || a.Offset != b.Offset || a.Reason != b.Reason || !bytes.Equal(a.Raw, b.Raw) {
			t.Fatalf("parts of %d: have reject %v, want %v", size, &b, &a)
		}
	}
}

func TestCSVAnyBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{",", ",", "\n", "\n", "\"", "\"", "\r", "#", "1", "0.25", "-7", "x", "2024-01-01", "true", " "}
	path := filepath.Join(t.TempDir(), "f.csv")
	texts := 3000
	if testing.Short() {
		texts = 300
	}
	for range texts {
		var b strings.Builder
		for range r.IntN(100) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		sameForCuts(t, dialect(path, byte(r.Uint32())), 1+r.Int64N(60))
		if t.Failed() {
			t.Fatalf("text: %q", b.String())
		}
	}
}

// Any bytes: no panic, every record accounted for, and the same for any size of parts.
func FuzzCSV(f *testing.F) {
	f.Add([]byte(nasty), int64(7), byte(0))
	f.Add([]byte("1,2,3\n4,\"5\",6"), int64(1), byte(255))
	path := filepath.Join(f.TempDir(), "f.csv")
	f.Fuzz(func(t *testing.T, text []byte, size int64, mode byte) {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		sameForCuts(t, dialect(path, mode), int64(len(text)/20)+1+(size%40+40)%40)
	})
}
