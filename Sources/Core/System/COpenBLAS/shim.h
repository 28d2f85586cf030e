#include <cblas.h>
#include <stddef.h>

// OpenBLAS's own buffers: one that is free, or a new one, for which it waits until the system has the memory; and its return.
void *blas_memory_alloc(int is_for_thread);
void blas_memory_free(void *buffer);

// LAPACK, which OpenBLAS carries, as Fortran calls it: everything by reference, the lengths of the words at the end.

/// The eigenvalues w and, with jobz 'V', the eigenvectors (in the columns of a) of a symmetric matrix.
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
            const int *lwork, int *info, size_t jobz_length, size_t uplo_length);

/// The singular values s of a matrix of m rows and n columns, in falling order, without vectors for jobz 'N'.
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
             const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork, int *info,
             size_t jobz_length);
