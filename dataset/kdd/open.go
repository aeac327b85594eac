package kdd

import "github.com/millrace-ml/millrace/dataset"

// CSV says how to read a labelled file at path, plain or compressed: the columns of
// [Schema], without a header. Change in it what should be another, such as the
// schema to [NotebookSchema].
func CSV(path string) dataset.CSV {
	return dataset.CSV{Path: path, Schema: Schema(), NoHeader: true}
}

// Open opens a labelled file at path as [CSV] says. A compressed file is one part,
// and so is read by one goroutine; a plain one is read in parallel.
func Open(path string) (*dataset.CSVSource, error) { return dataset.OpenCSV(CSV(path)) }
