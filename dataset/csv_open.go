package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// OpenCSV looks at the files, checks their headers, and infers the types of the
// columns where no schema is given. Fields that the schema does not list are not
// read.
func OpenCSV(csv CSV) (*CSVSource, error) {
	csv = csv.defaults()
	if err := csv.check(); err != nil {
		return nil, fmt.Errorf("dataset.CSV: %w", err)
	}
	paths, err := csvPaths(csv.Path)
	if err != nil {
		return nil, err
	}
	s := &CSVSource{csv: csv, schema: csv.Schema}
	s.pool = &sync.Pool{New: func() any { return new(make([]byte, csvBlock)) }}
	for _, path := range paths {
		f, err := statCSV(path, csv.PartSize)
		if err == nil {
			err = f.at(s.head(f))
		}
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, f)
		for n := range f.parts {
			s.parts = append(s.parts, csvPart{f, n})
		}
	}
	if len(s.schema.Fields) == 0 {
		return nil, fmt.Errorf("%s: have no records and no Schema, want one of them", csv.Path)
	}
	for _, f := range s.files {
		if f.index == nil { // it is empty
			if err := f.match(s.schema, nil); err != nil {
				return nil, err
			}
		}
	}
	for i := range s.schema.Fields {
		s.cols = append(s.cols, i)
	}
	s.ledger = &csvLedger{sink: csv.Rejects, mode: csv.OnError, parts: make([]csvAccount, len(s.parts))}
	return s, nil
}

// head reads the beginning of a file: what its fields are, and where the data begins.
func (s *CSVSource) head(f *csvFile) error {
	in, err := f.open(0)
	if err != nil {
		return err
	}
	defer in.close()
	block := s.block()
	defer s.pool.Put(block)
	r := &csvRecords{ctx: context.Background(), in: in, file: f, maxRecord: s.csv.MaxRecord,
		buf: *block, limit: endOfFile, scan: csvScanner{csvDialect: s.csv.dialect()}}
	if err := r.skipMark(); err != nil {
		return err
	}
	start := csvMark{offset: r.offset()}
	var names []string
	if !s.csv.NoHeader {
		if names, err = r.header(); err != nil {
			return err
		}
		start = csvMark{offset: r.offset(), lines: r.scan.lines}
		r.scan.records = 0
	}
	f.plan.marks = []csvMark{start}
	if len(s.schema.Fields) == 0 {
		if names, s.schema, err = r.infer(s.csv, names); err != nil || names == nil {
			return err
		}
	}
	if s.csv.NoHeader {
		names = nil
	}
	return f.match(s.schema, names)
}

// skipMark passes over a byte order mark.
func (r *csvRecords) skipMark() error {
	for r.end < 3 && !r.eof {
		if err := r.fill(); err != nil {
			return err
		}
	}
	switch data := r.buf[:r.end]; {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		r.pos = 3
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return errors.New("have UTF-16, want UTF-8")
	}
	return nil
}

// header reads the names of the fields; nil = the file is empty.
func (r *csvRecords) header() ([]string, error) {
	rec, err := r.record()
	if err == io.EOF {
		return nil, nil
	}
	if err == nil && rec.fault.reason != "" {
		err = fmt.Errorf("header: %s", rec.fault.reason)
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for i, f := range r.split(rec.raw) {
		name := string(f.value)
		if name == "" {
			name = fmt.Sprintf("_c%d", i)
		}
		names = append(names, name)
	}
	return names, nil
}

// match finds the columns of the schema among the fields of the file.
func (f *csvFile) match(schema Schema, names []string) error {
	f.fields = len(names)
	f.index = make([]int, len(schema.Fields))
	if names == nil { // there is no header
		f.fields = len(schema.Fields)
		for i := range f.index {
			f.index[i] = i
		}
		return nil
	}
	var errs []error
	for i, field := range schema.Fields {
		f.index[i] = -1
		for k, name := range names {
			if name != field.Name {
				continue
			}
			if f.index[i] >= 0 {
				errs = append(errs, fmt.Errorf("header: column %q is there twice, as fields %d and %d, want one", name, f.index[i]+1, k+1))
			}
			f.index[i] = k
		}
		if f.index[i] < 0 {
			header := Schema{Fields: make([]Field, len(names))}
			for k, name := range names {
				header.Fields[k].Name = name
			}
			_, err := header.Want(field.Name, field.Type)
			errs = append(errs, fmt.Errorf("header: %w", err))
		}
	}
	return errors.Join(errs...)
}
