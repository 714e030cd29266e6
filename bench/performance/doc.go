// Package performance is how measured figures get into docs/PERFORMANCE.md: the
// program that measured writes its own section, between two markers, with the
// machine it measured on. So nobody copies figures, and none outlives its
// measurement.
package performance
