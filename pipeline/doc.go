// Package pipeline chains stages that learn from tables and score chunks and rows.
//
//	model, err := pipeline.Fit(ctx, pipeline.New(
//		feature.VectorAssembler{InputCols: numbers, OutputCol: "raw"},
//		feature.StandardScaler{InputCol: "raw", OutputCol: "features"},
//		anomaly.PCAAnomaly{},
//	), train)
//	scored, err := pipeline.Apply(model, test) // computed as it is read
//
// # The three interfaces
//
// A [Stage] maps a schema to a schema. A [Transformer] also maps a chunk to a chunk:
// a pure function, which makes it batch scoring, stream scoring and the scoring of
// one row at once. An [Estimator] learns a Transformer from a dataset. A [Pipeline]
// is a list of stages and itself an Estimator; what it learns is a [*Model], a list
// of Transformers and itself one. So both nest.
//
// # Writing a stage
//
// A stage is one file, in this order: registration, parameters, defaults, Schema,
// Fit, model, its Schema, Transform, aggregator. CONTRIBUTING.md goes through one.
//
//   - Parameters are a struct with exported fields, used as a literal. Its zero value
//     is the default. Its methods have value receivers: a pipeline holds values, also
//     where it was given pointers.
//   - Fit touches data through fold.Run alone and so runs on any number of workers,
//     with one result. It changes neither the parameters nor the data.
//   - The model holds the parameters as Fit resolved them and what was learned, in
//     exported fields: these are saved. Unexported fields are derived from them by
//     one function, given to [Register] as [Ready], which Fit calls and which runs
//     after loading. It also checks what a hostile file may hold, so that Transform
//     need not.
//   - Transform does not change its input, keeps no state, and looks at one row at a
//     time. A row that it can't use it takes out with [dataset.Chunk.Drop], and says
//     why.
//
// A test of one line, of package pipelinetest, checks all of this.
//
// # Schema: a promise, then exact
//
// Schema reads no data. An estimator's is a promise: the names and types of the
// columns that its model will add, though a vector's size may be open (0). A
// model's is exact. [Fit] passes the schema through the whole pipeline before it
// reads a row, so a misspelt column in the last stage costs no pass over the data;
// [Apply] and [NewScorer] check in the same way. Stages need not check again.
//
// # Fitting
//
// A pipeline fits its estimators from first to last, each on the data as the stages
// before it transform them. Nothing is kept in between: an estimator's passes read
// and transform the source anew, unless the caller gave a dataset that is kept in
// memory. Nothing is transformed after the last estimator.
//
// # Training only
//
// [TrainOnly] marks a stage that is used while fitting and absent from the model: an
// indexer of the label, a filter of rows. Stages after it must not need its columns
// when they transform; where one does, the model's Schema says so.
//
// # Finding
//
// [Find] returns the first stage of a type in a model, however deep, to look at what
// it has learned; [Stages] walks through all of them.
//
// # One row
//
// [NewScorer] resolves the columns of a row schema once. A [Row] is then set, scored
// and read by position: no look-up by name, and no allocation where each stage has a
// row form ([RowTransformer]). The bits are those of Transform. A stage without a row
// form is run on a chunk of one row; where it leaves vectors, so are the stages after
// it, because sums over a vector depend on the layout of its blocks.
//
// # Errors
//
// An error says the place, what was found and what was wanted:
//
//	stage 2 (feature.StandardScaler): column "features": have string, want vector
//
// Where several things are wrong with a stage its errors are joined, each with the
// place. What is wrong with a column is a [*dataset.ColumnError]. A row that was
// taken out is a [*dataset.Reject]: on the chunk that Transform returns, and the
// error of Row.Score.
//
// # What is not here
//
// Stages (packages feature, estimator, anomaly), saving them (persist), jobs over
// tables and streams (pipeline/batch, pipeline/stream), and graphs: a pipeline is a
// list, and a stage that needs two columns names two columns.
package pipeline
