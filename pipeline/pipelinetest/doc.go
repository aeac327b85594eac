// Package pipelinetest checks that a stage keeps the contract of package pipeline.
// One line tests any stage, this library's or a stranger's:
//
//	func TestMinMaxScalerConforms(t *testing.T) {
//		pipelinetest.Estimator(t, feature.MinMaxScaler{}, dataset.Vec("features", 2, 1, 5, 2, 5, 4, 7))
//	}
//
// # The checks
//
// Each is a subtest, so that -run Conforms/cuts runs one:
//
//   - unchanged: Fit changes neither the estimator nor the data, and Transform
//     neither its input nor the model.
//   - schema: an empty schema, a missing column and a wrong type are a
//     [*dataset.ColumnError] that names the column, before data is read. The schema
//     that the estimator promises, the model's and that of its chunks are one.
//   - cuts: for any cut into parts and chunks, empty ones too, the same model to
//     tolerance; and from one model the same bits.
//   - workers: the same model bytes for 1, 2, 3 and 8 workers, GOMAXPROCS 1 and 2,
//     and again and again.
//   - rows: a row has the same outcome, bit for bit, alone, in any run of rows, from
//     last to first, and scored by a [pipeline.Scorer] in row form and without one;
//     where a stage takes it out, that is a [*dataset.Reject] of the same reason.
//   - blocks: vectors as dense, sparse, scalar, mixed and one-hot blocks, and seen
//     through lines, give the same to tolerance.
//   - edges: no rows, one row, columns all missing, constant, with NaN, infinite or
//     huge numbers, or odd texts: an error or a result, and never a panic.
//   - accounting: rows in = rows out + rejects + filtered, and each reject has a
//     place that went in and a reason.
//   - concurrent: eight goroutines share a model. Run it with -race.
//   - cancelled: Fit returns the context's error, stops reading with the chunk in
//     hand, and leaves no goroutine.
//   - pipeline: a pipeline of this one stage gives the same bits.
//   - saved: saved and loaded, the same bits; saved twice, the same bytes; a changed
//     or truncated file is refused; and no fields that a file may hold, however
//     hostile, make Transform panic.
//
// [Aggregator] checks the law of package fold.
//
// # The data
//
// The rows given should be a few dozen that the stage can learn from, with what it
// treats apart: missing values, a row that it rejects. Which columns it needs is
// found out from its Schema. Do not run the suite beside parallel tests: it sets
// GOMAXPROCS and counts goroutines.
//
// # What is not here
//
// Whether the numbers are right: that takes a reference, and a test of the stage's
// own.
package pipelinetest
