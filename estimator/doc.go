// Package estimator learns to predict a column from a vector of features.
//
//	model, err := pipeline.Fit(ctx, estimator.GBTClassifier{LabelCol: "is_anomaly"}, train)
//	scored, err := pipeline.Apply(model, test) // adds rawPrediction, probability, prediction
//
// The learners are those of Spark ML, with its parameters and columns:
// [LogisticRegression]; [DecisionTreeClassifier], [RandomForestClassifier] and
// [GBTClassifier], and the same three as regressors.
//
// # Columns
//
// FeaturesCol is a vector column, as feature.VectorAssembler makes it. The label of a
// classifier is a class: 0, 1, ..., n-1, as feature.StringIndexer makes it; that of a
// regressor any finite number. WeightCol says how many times a row counts.
//
// A classifier adds three columns: rawPrediction, a number for each class, a larger one
// for a likelier class; probability, the chance of each class; prediction, the class with
// the largest chance, or with Thresholds the one whose chance is largest against its
// threshold. A regressor adds prediction.
//
// # What fails
//
// A label that is missing or no class, a weight below 0, weights that are all 0, and no
// rows are errors that name part, row and column. A feature that is NaN is missing for a
// tree, which learns the side where missing values go; for a linear learner it is an
// error, and so is an infinite one. A learner that stops before it has converged says so
// in its model, in the field Converged, and in the log.
//
// # The same result
//
// The same rows in the same parts, parameters and seed give the same model bytes,
// whatever the number of workers. What is drawn at random is drawn by hash of the seed
// and the row's place.
package estimator
