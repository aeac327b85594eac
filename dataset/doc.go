// Package dataset holds tables: typed columns, cut into chunks, read in parts.
//
// # One idea
//
// A [Dataset] is parts of immutable columnar chunks. It can be read again and again,
// it need not fit in memory, and everything in this package that changes one is a
// function from [Chunk] to Chunk that runs as the data are read. Parts depend on the
// data and never on the machine; [github.com/millrace-ml/millrace/dataset/fold]
// reads them in parallel.
//
//	for c, err := range dataset.Chunks(ctx, ds) {
//		if err != nil {
//			return err
//		}
//		bytes, err := dataset.Get[dataset.Floats](c, "bytes")
//		...
//	}
//
// # Columns and missing values
//
//	type                 column      missing
//	Float, Float32       Floats      NaN
//	Int, Bool, Time      Ints        a set of rows beside the values
//	String               Strings     code -1
//	Vector               *Vectors    never
//
// [Get] returns a column as what it is, [Numbers] a numeric one as floats. Text is
// held as codes into a dictionary, and what is asked of a text is best asked of the
// entry, as [Flag] does. Entries are bytes as they were read, and a dictionary may
// hold one twice: equal texts may have different codes, in one chunk and between
// chunks. A column may be computed when it is first looked at; Get waits for it.
//
// Columns are shared by all chunks that did not change them, so their values must
// never be written to.
//
// # Vectors are never made dense
//
// A [Vectors] column is a list of blocks side by side: numbers shared with a column
// ([Scalar]), codes ([OneHot]), and dense and sparse rows. To assemble features is to
// list blocks; to scale is to note an [Affine] map, which is applied when a value is
// read. [Vectors.Row] writes one vector out.
//
// # Where tables come from
//
// [CSV] reads files of delimited text, and its documentation says how. [FromStructs]
// takes a slice of structs, [FromColumns] takes columns, [NewTable] takes chunks, and
// a type with the three methods of [Dataset] is a source of your own. It may know
// more: how many records a part holds ([Counter]), how much there is to read
// ([Sizer]), how to leave columns out ([Selecter]).
//
// # Bad records
//
// Nothing disappears in silence. A row that is taken out because something is wrong
// with it becomes a [Reject] of its chunk, with its place, the column to blame and
// the reason; one that is left out on purpose is counted by [Chunk.Filtered]. So for
// every dataset
//
//	records of the source = rows + filtered + rejected
//
// and [Count] gives all of them.
//
// # Lazy operations
//
// [Map], [Filter], [Derive], [Flag], [DropMissing], [Select], [WithRowID], [Concat],
// [Head], [Split] and [OnProgress] return at once, with an error where the schema
// does not fit, and do their work each time a part is read. Functions given to them
// are called from several goroutines. [Collect] reads everything into a [Table], and
// [Cache] stores it in passing.
//
// Head makes one part and reads on from part to part until it has its rows. All
// others have the parts of their source, and Concat those of all its sources.
//
// # Caching and memory
//
// Chunks have [ChunkRows] rows, and a pass holds a few of them a worker. What is
// read more than once, and costs more to read than to unpack, belongs in a Cache:
//
//	data := dataset.Cache(source, dataset.CacheOptions{Memory: 64 << 20})
//	defer data.Close()
//
// It keeps a column of a chunk in as few bytes as hold it bit for bit, in memory up
// to the limit and in one temporary file above it. Numbers are unpacked column by
// column, for the columns that a pass looks at. Vectors are stored as their blocks;
// a block that shares its numbers with a column still does when it is read. Select
// before Cache what is not needed at all. With the default of Go's garbage collector
// a program takes up to twice the limit, and the chunks in hand.
//
// # Origins and row numbers
//
// A chunk knows its [Origin]: source, part, and the number of each row's record in
// its part. Filters and drops keep the numbers. Over all parts, records are numbered
// by counting the records of the parts before ([PartRows]): WithRowID shows that
// number, and Split decides by it and by the seed alone, so that a row is in the same
// piece for any number of parts. Counting happens once, when it is needed; a table
// of one part needs none.
//
// # What is not here
//
// Joins, grouping, sorting, indexes and an expression language: those are SQL's work.
// Changing a value in place. Reference counting: chunks belong to the garbage
// collector. Learning: that is a fold.
package dataset
