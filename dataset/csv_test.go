package dataset_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
)

// write puts text into a file and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// columns makes a schema of names and types: "a:int b:string".
func columns(spec string) dataset.Schema {
	types := map[string]dataset.Type{"float": dataset.Float, "float32": dataset.Float32, "int": dataset.Int,
		"bool": dataset.Bool, "time": dataset.Time, "string": dataset.String}
	var s dataset.Schema
	for f := range strings.FieldsSeq(spec) {
		name, typ, _ := strings.Cut(f, ":")
		s.Fields = append(s.Fields, dataset.Field{Name: name, Type: types[typ]})
	}
	return s
}

// cell shows a value; <> is a missing one.
func cell(col dataset.Column, typ dataset.Type, i int) string {
	if col.Missing(i) {
		return "<>"
	}
	switch col := col.(type) {
	case dataset.Floats:
		if col[i] == 0 && math.Signbit(col[i]) {
			return "-0"
		}
		return strconv.FormatFloat(col[i], 'g', -1, 64)
	case dataset.Strings:
		return col.At(i)
	case dataset.Ints:
		if typ == dataset.Time {
			return time.UnixMicro(col.Values[i]).UTC().Format(time.RFC3339Nano)
		}
		return strconv.FormatInt(col.Values[i], 10)
	}
	return "?"
}

// rows reads a dataset as text, in the order of its records, with the rejects of the
// chunks. It checks what every chunk promises.
func rows(t testing.TB, ds dataset.Dataset) (table [][]string, rejects []dataset.Reject, err error) {
	t.Helper()
	for part := range ds.Parts() {
		next := int64(0)
		for c, err := range ds.Read(context.Background(), part) {
			if err != nil {
				return table, rejects, err
			}
			o := c.Origin()
			if o.First != next || o.Part != part {
				t.Errorf("chunk: have part %d, first record %d, want %d, %d", o.Part, o.First, part, next)
			}
			next += int64(c.Rows() + len(c.Rejects()))
			if n := c.Rows(); n > 0 && o.Row(n-1) >= next {
				t.Errorf("chunk: have row number %d, want below %d", o.Row(n-1), next)
			}
			rejects = append(rejects, c.Rejects()...)
			for i := range c.Rows() {
				var row []string
				for j, f := range c.Schema().Fields {
					row = append(row, cell(c.Column(j), f.Type, i))
				}
				table = append(table, row)
			}
			for j := range c.Schema().Fields {
				if s, ok := c.Column(j).(dataset.Strings); ok && len(s.Dict) > c.Rows() {
					t.Errorf("dictionary: have %d entries, want at most %d", len(s.Dict), c.Rows())
				}
			}
		}
	}
	return table, rejects, nil
}

// read opens and reads text.
func read(t testing.TB, csv dataset.CSV, text string) ([][]string, []dataset.Reject, error) {
	t.Helper()
	csv.Path = write(t, "file.csv", text)
	ds, err := dataset.OpenCSV(csv)
	if err != nil {
		return nil, nil, err
	}
	return rows(t, ds)
}

func TestCSVRecords(t *testing.T) {
	ab := dataset.CSV{Schema: columns("a:string b:string"), NoHeader: true}
	one := dataset.CSV{Schema: columns("a:string"), NoHeader: true}
	tests := []struct {
		name string
		csv  dataset.CSV
		text string
		want [][]string
	}{
		// By RFC 4180, section 2.
		{"plain", ab, "1,2\n3,4\n", [][]string{{"1", "2"}, {"3", "4"}}},
		{"no last line break", ab, "1,2\n3,4", [][]string{{"1", "2"}, {"3", "4"}}},
		{"crlf", ab, "1,2\r\n3,4\r\n", [][]string{{"1", "2"}, {"3", "4"}}},
		{"mixed line ends", ab, "1,2\n3,4\r\n5,6", [][]string{{"1", "2"}, {"3", "4"}, {"5", "6"}}},
		{"last carriage return", ab, "1,2\r", [][]string{{"1", "2"}}},
		{"quoted", ab, "\"1\",\"2\"\n", [][]string{{"1", "2"}}},
		{"quoted comma", ab, "\"Anytown, WW\",08123\n", [][]string{{"Anytown, WW", "08123"}}},
		{"doubled quotes", ab, "1,\"ha \"\"ha\"\" ha\"\n", [][]string{{"1", `ha "ha" ha`}}},
		{"only quotes", ab, "\"\"\"\",\"\"\"\"\"\"\n", [][]string{{`"`, `""`}}},
		{"line break", ab, "\"Once upon \na time\",5\n7,8\n", [][]string{{"Once upon \na time", "5"}, {"7", "8"}}},
		{"crlf in quotes is kept", ab, "\"x\r\ny\",5\r\n7,\"8\r\"\r\n", [][]string{{"x\r\ny", "5"}, {"7", "8\r"}}},
		{"quotes and line breaks", ab, "1,\"ha \n\"\"ha\"\" \nha\"\n3,4\n", [][]string{{"1", "ha \n\"ha\" \nha"}, {"3", "4"}}},
		{"json", ab, "1,\"{\"\"at\"\": [102.0, 0.5]}\"\n", [][]string{{"1", `{"at": [102.0, 0.5]}`}}},
		{"utf-8", ab, "1,ʤ\n", [][]string{{"1", "ʤ"}}},
		// Ours.
		{"byte order mark", ab, "\ufeff1,2\n", [][]string{{"1", "2"}}},
		{"byte order mark and quote", ab, "\ufeff\"1\",2\n", [][]string{{"1", "2"}}},
		{"blank lines", ab, "\n\r\n1,2\n\n\r\n3,4\n\n", [][]string{{"1", "2"}, {"3", "4"}}},
		{"blank lines of one column", one, "1\n\n\"\"\n\r\n2\n", [][]string{{"1"}, {"<>"}, {""}, {"<>"}, {"2"}}},
		{"empty and missing", ab, ",\"\"\n\"\",\n", [][]string{{"<>", ""}, {"", "<>"}}},
		{"quote inside", ab, "a\"b,\"c\"\nx\"\",y\n", [][]string{{`a"b`, "c"}, {`x""`, "y"}}},
		{"carriage return inside", ab, "a\rb,c\n\rd,e\n", [][]string{{"a\rb", "c"}, {"\rd", "e"}}},
		{"spaces are text", ab, " a , \"b\n", [][]string{{" a ", ` "b`}}},
		{"bytes as they are", ab, "\x00\xff,\"\xfe\x00\"\n", [][]string{{"\x00\xff", "\xfe\x00"}}},
		{"empty file", ab, "", nil},
		{"null words", dataset.CSV{Schema: ab.Schema, NoHeader: true, Null: []string{"NA", "?"}}, "NA,?\n,\"NA\"\n",
			[][]string{{"<>", "<>"}, {"", "NA"}}},
		{"dialect", dataset.CSV{Schema: ab.Schema, NoHeader: true, Comma: ';', Quote: '\''}, "'a;''b';\"c,\n", [][]string{{"a;'b", `"c,`}}},
		{"no quotes", dataset.CSV{Schema: ab.Schema, NoHeader: true, NoQuote: true, Comma: '\t'}, "\"a\t\"\n", [][]string{{`"a`, `"`}}},
		{"comments", dataset.CSV{Schema: ab.Schema, NoHeader: true, Comment: '#'}, "#x\"\n1,2\n#\n\"#3\",#4\n# end", [][]string{{"1", "2"}, {"#3", "#4"}}},
		{"header", dataset.CSV{Schema: ab.Schema}, "\n\"b\",x,a\n1,2,3\n", [][]string{{"3", "1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := read(t, tt.csv, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCSVValues(t *testing.T) {
	const bad = "bad"
	tests := []struct {
		typ  string
		want map[string]string // by text
	}{
		{"float", map[string]string{"0": "0", "7": "7", "-0": "-0", "1.5": "1.5", "0.25": "0.25", "+3": "3", ".5": "0.5", "5.": "5", "1e3": "1000",
			"1E-2": "0.01", " 2 ": "2", "\t4": "4", "1234567": "1.234567e+06", "12345678": "1.2345678e+07", "123456789012345678": "1.2345678901234568e+17",
			"inf": "+Inf", "-Infinity": "-Inf", "NaN": "<>", "": "<>", "  ": "<>", `"5"`: "5", `""`: "<>", `" 6"`: "6",
			"1e400": bad, "0x10": bad, "1_000": bad, "abc": bad, ".": bad, "-": bad, "1.2.3": bad, "1,": bad, "1e": bad, "٣": bad,
			// The midpoint of two float64, and a little more: W. D. Clinger, 1990, section 2.
			"9007199254740993": "9.007199254740992e+15", "9007199254740993.0000000000000000001": "9.007199254740994e+15",
			"2.2250738585072014e-308": "2.2250738585072014e-308", "1e-400": "0"}},
		// Rounded twice, 1 + 2^-24 + 2^-60 would be 1.
		{"float32", map[string]string{"0.1": "0.10000000149011612", "9.99": "9.989999771118164", "1.000000059604644776": "1.0000001192092896", "1e39": bad, "16777217": "1.6777216e+07"}},
		{"int", map[string]string{"0": "0", "-5": "-5", "+5": "5", "007": "7", "1234567": "1234567", "12345678901": "12345678901",
			"9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808", "": "<>", `"8"`: "8",
			"9223372036854775808": bad, "-9223372036854775809": bad, "99999999999999999999999": bad, "1.0": bad, "1e3": bad, "-": bad, "0x1": bad}},
		{"bool", map[string]string{"true": "1", "FALSE": "0", "1": "1", "0": "0", "": "<>", "yes": bad, "t": bad, "2": bad}},
		{"time", map[string]string{"2024-02-29": "2024-02-29T00:00:00Z", "2024-02-29 12:34:56": "2024-02-29T12:34:56Z",
			"2024-02-29T12:34:56.7891234+02:00": "2024-02-29T10:34:56.789123Z", "": "<>", "2023-02-29": bad, "12:00": bad}},
	}
	for _, tt := range tests {
		for text, want := range tt.want {
			for _, form := range []string{"x," + text + "\n", text + ",x\n"} { // as the last field and before
				schema := columns("a:string b:" + tt.typ)
				if strings.HasSuffix(form, ",x\n") {
					schema = columns("b:" + tt.typ + " a:string")
				}
				got, rejects, err := read(t, dataset.CSV{Schema: schema, NoHeader: true, OnError: dataset.Drop}, form)
				if err != nil {
					t.Fatal(err)
				}
				if want == bad {
					if len(rejects) != 1 || len(got) != 0 {
						t.Errorf("%s %q: have %v, want a reject", tt.typ, form, got)
					}
					continue
				}
				if len(got) != 1 || got[0][schema.Index("b")] != want {
					t.Errorf("%s %q: have %v %v, want %s", tt.typ, form, got, rejects, want)
				}
			}
		}
	}
}

func TestCSVErrors(t *testing.T) {
	schema := columns("a:float b:string")
	tests := []struct{ name, text, want string }{
		{"value", "1,x\n\nabc,y\n", `file.csv:3: column "a": have "abc", want a float`},
		{"overflow", "1e999,x\n", `file.csv:1: column "a": have "1e999", want a float that is not too large for it`},
		{"few", "1,x\n2\n", `file.csv:2: have 1 fields, want 2`},
		{"many", "1,x\n2,y,z\n", `file.csv:2: have 3 fields, want 2`},
		{"after quote", "1,\"x\"y\n", `file.csv:1: column "b": have "y", want a separator after the closing quote`},
		{"open quote", "1,x\n2,\"y\n3,z\n", `file.csv:2: have a quote opened at line 2, byte 3, and never closed, want a closing quote`},
		{"open quote later", "1,x\n2,\"y\n\"\"z\",\"3\n", `file.csv:2: have a quote opened at line 3, byte 6, and never closed, want a closing quote`},
		{"too long", "1,x\n2,yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n", `file.csv:2: have a longer record, want at most 32 bytes`},
		{"endless quote", "1,x\n2,\"y\n\nyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n",
			`file.csv:2: have a longer record, want at most 32 bytes; the quote opened at line 2, byte 3, is not closed in them`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := read(t, dataset.CSV{Schema: schema, NoHeader: true, MaxRecord: 32}, tt.text)
			reject, ok := errors.AsType[*dataset.Reject](err)
			if !ok {
				t.Fatalf("have error %v, want a *Reject", err)
			}
			reject.Source = filepath.Base(reject.Source)
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// The limit itself is read, one byte more is not.
func TestCSVMaxRecord(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", ""} {
		for _, quote := range []string{"", `"`} {
			text := quote + strings.Repeat("x", 20-2*len(quote)) + quote
			csv := dataset.CSV{Schema: columns("a:string"), NoHeader: true, MaxRecord: 20}
			if _, _, err := read(t, csv, text+end); err != nil {
				t.Errorf("20 bytes: %v", err)
			}
			if _, _, err := read(t, csv, quote+"x"+text[len(quote):]+end); err == nil {
				t.Error("21 bytes: have no error, want one")
			}
		}
	}
}

const faulty = `a,b,c
1,x,10
zzz,y,20
3,"z"!,30
4,w
5,v,50,5
6,"u
u",bad

7,t,70
`

func TestCSVDrop(t *testing.T) {
	var sunk []string
	csv := dataset.CSV{Schema: columns("a:float b:string c:int"), OnError: dataset.Drop}
	csv.Path = write(t, "file.csv", faulty)
	csv.Rejects = func(r dataset.Reject) {
		r.Source = filepath.Base(r.Source)
		sunk = append(sunk, r.Error())
	}
	ds, err := dataset.OpenCSV(csv)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // once is enough for the sink and the report
		got, rejects, err := rows(t, ds)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]string{{"1", "x", "10"}, {"7", "t", "70"}}, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if len(rejects) != 5 {
			t.Errorf("have %d rejects, want 5", len(rejects))
		}
		for c := range dataset.Chunks(t.Context(), ds) {
			if diff := cmp.Diff([]int32{0, 6}, c.Origin().Rows); diff != "" {
				t.Errorf("rows of the chunk (-want +got):\n%s", diff)
			}
		}
		r := rejects[4]
		want := dataset.Reject{Source: csv.Path, Row: 5, Line: 7, Offset: 45, Column: "c", Value: "bad", Reason: "want an int", Raw: []byte("6,\"u\nu\",bad")}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("reject (-want +got):\n%s", diff)
		}
	}
	want := []string{
		`file.csv:3: column "a": have "zzz", want a float`,
		`file.csv:4: column "b": have "!", want a separator after the closing quote`,
		`file.csv:5: have 2 fields, want 3`,
		`file.csv:6: have 4 fields, want 3`,
		`file.csv:7: column "c": have "bad", want an int`,
	}
	if diff := cmp.Diff(want, sunk); diff != "" {
		t.Errorf("sink (-want +got):\n%s", diff)
	}
	report := dataset.Report{Rows: 7, Kept: 2, Rejected: 5, Reasons: []dataset.ReasonCount{
		{Reason: "want 3 fields", Rows: 2},
		{Column: "a", Reason: "want a float", Rows: 1},
		{Column: "b", Reason: "want a separator after the closing quote", Rows: 1},
		{Column: "c", Reason: "want an int", Rows: 1},
	}}
	if diff := cmp.Diff(report, ds.Report()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestCSVKeep(t *testing.T) {
	sunk := 0
	csv := dataset.CSV{Schema: columns("a:float b:string c:int"), OnError: dataset.Keep, Rejects: func(dataset.Reject) { sunk++ }}
	csv.Path = write(t, "file.csv", faulty+"zz,\"k\"k,zz\n9,\"open")
	ds, err := dataset.OpenCSV(csv)
	if err != nil {
		t.Fatal(err)
	}
	got, rejects, err := rows(t, ds)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"1", "x", "10"}, {"<>", "y", "20"}, {"3", "<>", "30"}, {"4", "w", "<>"}, {"5", "v", "50"}, {"6", "u\nu", "<>"}, {"7", "t", "70"},
		{"<>", "<>", "<>"}, {"<>", "<>", "<>"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(rejects) != 0 || sunk != 9 {
		t.Errorf("have %d rejects of chunks, %d of the sink, want 0 and 9", len(rejects), sunk)
	}
	if r := ds.Report(); r.Rows != 9 || r.Kept != 9 || r.Rejected != 0 {
		t.Errorf("have report %v, want 9 rows, 9 kept", r)
	}
}

func TestCSVSelect(t *testing.T) {
	csv := dataset.CSV{Schema: columns("a:float b:string c:int"), OnError: dataset.Drop, Path: write(t, "file.csv", faulty)}
	ds, err := dataset.OpenCSV(csv)
	if err != nil {
		t.Fatal(err)
	}
	view, err := ds.Select("c", "b")
	if err != nil {
		t.Fatal(err)
	}
	got, rejects, err := rows(t, view)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"10", "x"}, {"20", "y"}, {"70", "t"}}, got); diff != "" || len(rejects) != 4 {
		t.Errorf("rows (-want +got):\n%s\nhave %d rejects, want 4", diff, len(rejects))
	}
	if r := ds.Report(); r.Rows != 7 || r.Rejected != 4 {
		t.Errorf("have report %v of the view, want 7 rows, 4 rejected", r)
	}
	if _, _, err := rows(t, ds); err != nil {
		t.Fatal(err)
	}
	if r := ds.Report(); r.Rows != 7 || r.Rejected != 5 {
		t.Errorf("have report %v of both, want 7 rows, 5 rejected", r)
	}
	if _, err := ds.Select("x"); err == nil {
		t.Error("have no error for a column that is not there")
	}
	if _, err := ds.Select(); err == nil {
		t.Error("have no error for no columns")
	}
}

func TestCSVInference(t *testing.T) {
	text := "i,f,b,t,s,key,big,none,mixed,inf\n" +
		"1,1,true,2024-01-01,x,007,18446744073709551616,,1,inf\n" +
		"-2,.5,FALSE,2024-01-01T00:00:00Z,1,123,1,,true,1\n"
	ds, err := dataset.OpenCSV(dataset.CSV{Path: write(t, "f.csv", text)})
	if err != nil {
		t.Fatal(err)
	}
	want := columns("i:int f:float b:bool t:time s:string key:string big:string none:string mixed:string inf:float")
	if diff := cmp.Diff(want, ds.Schema()); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	ds, err = dataset.OpenCSV(dataset.CSV{Path: write(t, "f.csv", "1,x\n2.5,y\n"), NoHeader: true, InferRows: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(columns("_c0:int _c1:string"), ds.Schema()); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	if _, _, err := rows(t, ds); err == nil || !strings.Contains(err.Error(), `column "_c0": have "2.5", want an int`) {
		t.Errorf("have error %v, want one of the second row", err)
	}
}

func TestCSVFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b.csv": "x,y\n3,4\n", "a.csv": "y,x\n2,1\n", "c.csv": "x,y\n", "d.csv": "", ".hidden": "?", "_SUCCESS": "?"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(dir, "e.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	io.WriteString(z, "x,y\n5,6\n")
	if err := errors.Join(z.Close(), f.Close(), os.Mkdir(filepath.Join(dir, "sub"), 0o777)); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"1", "2"}, {"3", "4"}, {"5", "6"}}
	for _, path := range []string{dir, filepath.Join(dir, "[a-e].csv*")} {
		for _, schema := range []dataset.Schema{{}, columns("x:int y:int")} {
			ds, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: schema})
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := rows(t, ds)
			if err != nil {
				t.Fatal(err)
			}
			if got[0][ds.Schema().Index("x")] != "1" {
				t.Errorf("have first row %v", got[0])
			}
			if diff := cmp.Diff(want, got); diff != "" && len(schema.Fields) > 0 {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			counts, err := ds.PartRows(t.Context())
			if diff := cmp.Diff([]int64{1, 1, 0, 0, 1}, counts); diff != "" || err != nil {
				t.Errorf("records (-want +got):\n%s\n%v", diff, err)
			}
		}
	}
}

func TestCSVOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := write(t, "f.csv", "a,a\n1,2\n")
	tests := []struct {
		name string
		csv  dataset.CSV
		want string
	}{
		{"no path", dataset.CSV{}, "dataset.CSV: have no Path, want a file, a glob or a directory"},
		{"missing", dataset.CSV{Path: filepath.Join(dir, "no.csv")}, "no such file or directory"},
		{"glob", dataset.CSV{Path: filepath.Join(dir, "*.csv")}, "have no such file, want at least one"},
		{"empty directory", dataset.CSV{Path: dir}, "have no files, want at least one"},
		{"not a file", dataset.CSV{Path: os.DevNull}, "want a file"},
		{"comma", dataset.CSV{Path: file, Comma: '"'}, "want different ASCII characters"},
		{"vector", dataset.CSV{Path: file, Schema: dataset.NewSchema(dataset.Field{Name: "v", Type: dataset.Vector})}, `column "v": have vector, want`},
		{"twice", dataset.CSV{Path: file}, `f.csv: header: column "a" is there twice, as fields 1 and 2, want different names, or NoHeader and a Schema`},
		{"twice, wanted", dataset.CSV{Path: file, Schema: columns("a:int")}, `f.csv: header: column "a" is there twice, as fields 1 and 2, want one`},
		{"header", dataset.CSV{Path: file, Schema: columns("b:int")}, `f.csv: header: column "b": is not there (columns: a, a), want int`},
		{"nothing", dataset.CSV{Path: write(t, "f.csv", "")}, "have no records and no Schema, want one of them"},
		{"utf-16", dataset.CSV{Path: write(t, "f.csv", "\xff\xfea\x00")}, "have UTF-16, want UTF-8"},
		{"open header", dataset.CSV{Path: write(t, "f.csv", "\"a\nb,c\n")}, "f.csv: header: have a quote opened at line 1, byte 1, and never closed, want a closing quote"},
		{"mode", dataset.CSV{Path: file, OnError: 9}, "have OnError 9, want FailFast, Drop or Keep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := dataset.OpenCSV(tt.csv)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("have error %v, want %s", err, tt.want)
			}
		})
	}
	if os.Getuid() != 0 {
		os.Chmod(file, 0)
		if _, err := dataset.OpenCSV(dataset.CSV{Path: file}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("have error %v, want one of permission", err)
		}
	}
}

func TestCSVChanged(t *testing.T) {
	path := write(t, "f.csv", "a\n1\n")
	ds, err := dataset.OpenCSV(dataset.CSV{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("a\n1\n2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := rows(t, ds); err == nil || !strings.Contains(err.Error(), "as when it was opened") {
		t.Errorf("have error %v, want one of the change", err)
	}
}

func TestCSVCancelled(t *testing.T) {
	ds, err := dataset.OpenCSV(dataset.CSV{Path: write(t, "f.csv", "a\n"+strings.Repeat("1\n", 3*dataset.ChunkRows))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	chunks := 0
	for _, err := range ds.Read(ctx, 0) {
		if chunks++; chunks == 1 {
			cancel()
			continue
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("have error %v, want that of the context", err)
		}
	}
	if chunks != 2 {
		t.Errorf("have %d chunks, want one and an error", chunks)
	}
	if _, err := ds.PartRows(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("have error %v, want that of the context", err)
	}
}

// Texts of many chunks and kinds: few, all different, and different from one chunk on.
func TestCSVDictionaries(t *testing.T) {
	var b strings.Builder
	const n = 5*dataset.ChunkRows + 17
	for i := range n {
		late := "same"
		if i > 2*dataset.ChunkRows {
			late = fmt.Sprint("late", i)
		}
		fmt.Fprintf(&b, "s%d,unique-%d,%s,%s\n", i%7, i, late, strings.Repeat("long", i%5))
	}
	got, _, err := read(t, dataset.CSV{Schema: columns("few:string all:string late:string long:string"), NoHeader: true}, b.String())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i := range n {
		if want := strings.ReplaceAll(lines[i]+";", ",;", ",<>;"); strings.Join(got[i], ",")+";" != want {
			t.Fatalf("row %d: have %q, want %q", i, got[i], want)
		}
	}
}
