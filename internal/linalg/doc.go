// Package linalg decomposes symmetric matrices.
//
// Eigenvalues come largest first, and the sign of an eigenvector is fixed: its entry
// of largest absolute value is positive, the first of these where several are equal
// (to eight digits). The bits do not depend on GOMAXPROCS.
//
// A symmetric matrix of order n is given as its upper triangle, row after row:
// n (n+1) / 2 numbers. Eigenvectors are the rows of a matrix of n columns.
package linalg
