package persist_test

// The files of testdata/saved hold stages of the whole library: a blank import of
// its root package, which links them all, belongs here.
