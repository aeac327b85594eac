// Package evaluate says how good predictions are.
//
//	scored, err := pipeline.Apply(model, heldOut)
//	area, err := evaluate.Binary{LabelCol: "is_anomaly", RawPredictionCol: "anomaly_score"}.Evaluate(ctx, scored)
//
// An [Evaluator] gives one number, which is what tuning needs. [Binary.Report] gives
// everything in one pass: areas, curves, the threshold for a false-alarm rate, the
// confusion at a threshold, and all of that by the values of another column.
// [Multiclass] and [Regression] have the metrics of Spark, by Spark's names.
//
// # What is exact
//
// Every figure is computed from all distinct scores, ties included: no bins unless
// NumBins asks for Spark's. Three areas go by similar names and differ:
//
//	AreaUnderROC      area below the ROC curve; ties count one half
//	AreaUnderPR       area below straight lines between the points of precision and recall, as Spark
//	AveragePrecision  the same points, in steps, as scikit-learn
//
// # What fails
//
// Rows that cannot be evaluated are errors that name part, row and column: a missing
// label or score, a label that is no class, a negative weight. So are no rows and a
// single class, for which an area has no meaning.
//
// # Memory
//
// The data pass through [fold.Run], once. What is kept is one point for each distinct
// score and group.
package evaluate
