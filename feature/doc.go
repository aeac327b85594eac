// Package feature turns the columns of a table into the vectors that learners take.
//
//	pipeline.New(
//		feature.StringIndexer{InputCols: []string{"protocol", "service"}, HandleInvalid: feature.Keep},
//		feature.OneHotEncoder{InputCols: []string{"protocol_index", "service_index"}},
//		feature.VectorAssembler{InputCols: []string{"duration", "bytes", "protocol_index_vec", "service_index_vec"}},
//		feature.StandardScaler{WithMean: true},
//	)
//
// The stages are those of Spark ML, and learn and compute the same bits where the
// rows are in one part: [StringIndexer], [IndexToString], [OneHotEncoder],
// [VectorAssembler], [StandardScaler].
//
// # Parameters
//
// A stage of several columns has InputCols and OutputCols, one of a single column
// InputCol and OutputCol; there is no second form. The zero value is the default.
//
//	Spark                           here                         default
//	StringIndexer.inputCol(s)       StringIndexer.InputCols      none, at least one
//	  outputCol(s)                    OutputCols                 InputCols + "_index"
//	  stringOrderType                 Order                      FrequencyDesc
//	  handleInvalid                   HandleInvalid              Error
//	IndexToString.inputCol          IndexToString.InputCol       "prediction"
//	  outputCol                       OutputCol                  InputCol + "_label"
//	  labels                          Labels                     those of the schema
//	OneHotEncoder.inputCol(s)       OneHotEncoder.InputCols      none, at least one
//	  outputCol(s)                    OutputCols                 InputCols + "_vec"
//	  handleInvalid                   HandleInvalid              Error
//	  dropLast = true                 KeepLast = false           false
//	VectorAssembler.inputCols       VectorAssembler.InputCols    none, at least one
//	  outputCol                       OutputCol                  "features"
//	  handleInvalid                   HandleInvalid              Error
//	StandardScaler.inputCol         StandardScaler.InputCol      "features"
//	  outputCol                       OutputCol                  InputCol + "_scaled"
//	  withMean                        WithMean                   false
//	  withStd = true                  SkipStd = false            false
//
// An output column must not exist.
//
// # Invalid values
//
// HandleInvalid says what becomes of a row whose value a stage cannot use. [Error]
// fails and names the row. [Skip] takes the row out; the chunk carries a
// [dataset.Reject] that says which column and why. [Keep] gives the value a place:
// an index of its own, a category of its own, or NaN in the vector. So an unseen
// text that StringIndexer keeps becomes all zeros behind OneHotEncoder.
//
// Missing is one thing here: a NaN is a missing number.
//
// # Names
//
// What a number means travels with the schema. StringIndexer attaches its labels
// and the column that they come from; OneHotEncoder names each dimension after both,
// service=http; VectorAssembler and StandardScaler keep the names, so that an
// explanation of a score can name the column to blame. Spark calls the same
// dimension http, and service_vec_http once it is assembled. StandardScaler keeps
// names and sources, which Spark drops, and drops that a dimension was binary, as
// Spark does: a scaled dimension is a continuous number.
//
// # Cost
//
// StringIndexer looks up each entry of a chunk's dictionary once, then every row in
// a table. VectorAssembler copies neither floats nor vectors, and StandardScaler
// only notes its lines. A fitted pipeline of the four costs some tens of nanoseconds
// a row. One row in a [pipeline.Scorer] costs a hash look-up for each text, and
// allocates nothing.
//
// # Where Spark differs
//
// Of 4.1 and 3.5, which differ in places, this is 4.1; and further:
//
//   - A column that is missing when a model is applied is an error. Spark skips an
//     indexer then, with a warning. Mark a label's indexer with [pipeline.TrainOnly].
//   - Texts compare byte by byte in every order. Spark's FrequencyAsc and
//     AlphabetDesc compare UTF-16 units, which differs for characters above U+FFFF.
//   - There are no null vectors: OneHotEncoder treats a missing index as an invalid
//     one, and the vectors of a column have one size.
//   - OneHotEncoder wants at least one dimension to be left; Spark makes empty
//     vectors where it counts categories itself. It takes up to 1,048,576 categories.
//   - A -0 in a number column stays -0 in the vector.
//   - Numbers as texts have the fewest digits that read back, as Java has since 19.
//   - StandardScaler refuses a vector of another size; Spark scales a part of it.
//
// # What is not here
//
// Learners, and anything that needs a second table.
package feature
