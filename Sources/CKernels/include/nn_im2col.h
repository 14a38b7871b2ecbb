// nn_im2col.h — k×k patches as matrix rows, so that a convolution becomes a product.
#pragma once

/// Rows first … last−1 (a row is one output pixel of the batch, in [N][HO][WO] order) of the matrix
/// [N·HO·WO, k·k·c] of patches; outside of the map is zero.
void bw_im2col(const float *x, float *columns, long first, long last, int h, int w, int c, int k,
               int stride, int pad_top, int pad_left, int ho, int wo);

/// Adds the patches of whole samples back: dx (one sample, [h,w,c]) += columns of its ho·wo pixels.
void bw_col2im(const float *columns, float *dx, int h, int w, int c, int k, int stride, int pad_top,
               int pad_left, int ho, int wo);
