// film_jpeg.c — whether the entropy-coded data of a baseline JPEG picture are whole. It reads every code and
// computes no pixels.
//
// Note [Why Motion JPEG is read twice]
// A decoder of JPEG takes nearly every sequence of bits for a picture: a changed byte shifts the blocks behind it
// and nobody minds. But data that were written by an encoder end with the last block, filled up with ones, at the
// next marker; no run of zeros leads out of a block; and a block's mean lies within the range of a sample. Data that
// were changed rarely keep to all three.

#include "film.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t size[65536];   // bits of the code that a window of 16 bits begins with; 0: none
    uint8_t value[65536];
    int is_there;
} code_table;

typedef struct {
    int id, h, v, quantiser, dc, ac;
    int mean;  // of the block before, in steps of the quantiser
} component;

typedef struct {
    const uint8_t *at, *end;
    uint64_t window;
    int bits;
    int spare;  // bits that were added behind the data
} bit_reader;

// Data end where a marker begins; a zero after 0xFF belongs to the 0xFF.
static void fill(bit_reader *reader) {
    while (reader->bits <= 48) {
        int byte = 0xFF;
        if (reader->at < reader->end && (reader->at[0] != 0xFF || (reader->at + 1 < reader->end && reader->at[1] == 0))) {
            byte = reader->at[0];
            reader->at += byte == 0xFF ? 2 : 1;
        } else {
            reader->spare += 8;
        }
        reader->window = reader->window << 8 | (uint64_t)byte;
        reader->bits += 8;
    }
}

static unsigned peek(bit_reader *reader, int count) {
    return (unsigned)(reader->window >> (reader->bits - count)) & ((1u << count) - 1);
}

// One coefficient's code: its value, or −1.
static int read_code(bit_reader *reader, const code_table *table) {
    fill(reader);
    unsigned window = peek(reader, 16);
    int size = table->size[window];
    if (size == 0) return -1;
    reader->bits -= size;
    return table->value[window];
}

static int read_block(bit_reader *reader, component *c, const code_table *dc, const code_table *ac, int step) {
    int size = read_code(reader, dc);
    if (size < 0 || size > 11) return 0;
    if (size > 0) {
        int value = (int)peek(reader, size);
        reader->bits -= size;
        c->mean += value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
    }
    // Eight times a mean between −128 and 127, rounded to steps.
    if (abs(c->mean) * step > 1024 + step) return 0;
    for (int k = 1; k < 64; k++) {
        int code = read_code(reader, ac);
        if (code < 0) return 0;
        int run = code >> 4, bits = code & 15;
        if (bits == 0) {
            if (run != 15) {
                if (run != 0) return 0;
                break;
            }
            k += 15;
            if (k > 63) return 0;
            continue;
        }
        k += run;
        if (k > 63 || bits > 10) return 0;
        reader->bits -= bits;
    }
    return reader->spare <= reader->bits + 7;
}

// After the last block before a marker: fewer than 8 bits are left, all ones.
static int ends_here(bit_reader *reader) {
    fill(reader);
    int left = reader->bits - reader->spare;
    return left >= 0 && left < 8 && peek(reader, left ? left : 1) == (left ? (1u << left) - 1 : peek(reader, 1));
}

static void make_table(code_table *table, const uint8_t *counts, const uint8_t *values) {
    memset(table, 0, sizeof *table);
    unsigned code = 0, place = 0;
    for (int size = 1; size <= 16; size++, code <<= 1) {
        for (int i = 0; i < counts[size - 1]; i++, code++, place++) {
            if (code >= 1u << size) return;
            unsigned first = code << (16 - size), count = 1u << (16 - size);
            memset(table->size + first, size, count);
            memset(table->value + first, values[place], count);
        }
    }
    table->is_there = 1;
}

struct film_jpeg {
    code_table tables[8];  // DC 0–3, AC 0–3
};

struct film_jpeg *film_jpeg_make(void) { return calloc(1, sizeof(struct film_jpeg)); }

int film_jpeg_is_whole(struct film_jpeg *jpeg, const uint8_t *data, int size) {
    const uint8_t *at = data, *end = data + size;
    component components[4];
    int steps[4] = {0}, count = 0, width = 0, height = 0, interval = 0;
    if (size < 4 || at[0] != 0xFF || at[1] != 0xD8) return 0;
    at += 2;
    for (;;) {
        while (at < end && *at == 0xFF) at++;
        if (at + 2 >= end) return 0;
        int marker = *at++, length = at[0] << 8 | at[1];
        const uint8_t *body = at + 2, *next = at + length;
        if (length < 2 || next > end) return 0;
        if (marker == 0xC4) {
            while (body + 17 <= next) {
                int values = 0, id = body[0];
                for (int i = 1; i <= 16; i++) values += body[i];
                if ((id & 0xEC) != 0 || values > 256 || body + 17 + values > next) return 0;
                make_table(&jpeg->tables[(id >> 4) * 4 + (id & 3)], body + 1, body + 17);
                body += 17 + values;
            }
        } else if (marker == 0xDB) {
            while (body + 65 <= next) {
                int wide = body[0] >> 4, id = body[0] & 3;
                steps[id] = wide ? body[1] << 8 | body[2] : body[1];
                body += wide ? 129 : 65;
            }
        } else if (marker == 0xDD) {
            if (length != 4) return 0;
            interval = body[0] << 8 | body[1];
        } else if (marker == 0xC0 || marker == 0xC1) {
            count = length > 7 ? body[5] : 0;
            if (body[0] != 8) return 1;
            height = body[1] << 8 | body[2];
            width = body[3] << 8 | body[4];
            if (count < 1 || count > 4 || length != 8 + 3 * count) return 0;
            for (int i = 0; i < count; i++) {
                const uint8_t *c = body + 6 + 3 * i;
                components[i] = (component){.id = c[0], .h = c[1] >> 4, .v = c[1] & 15, .quantiser = c[2] & 3};
                if (components[i].h < 1 || components[i].h > 4 || components[i].v < 1 || components[i].v > 4) return 0;
            }
        } else if (marker >= 0xC2 && marker <= 0xCF && marker != 0xC8 && marker != 0xCC) {
            return 1;  // Other kinds than baseline aren't read here.
        } else if (marker == 0xDA) {
            if (count == 0 || width == 0 || height == 0) return 0;
            // A scan of some of the components alone is rare; it isn't read here.
            if (body[0] != count) return 1;
            for (int i = 0; i < count; i++) {
                components[i].dc = body[2 + 2 * i] >> 4 & 3;
                components[i].ac = body[2 + 2 * i] & 3;
                // The tables that every reader knows are left out by some cameras.
                if (!jpeg->tables[components[i].dc].is_there || !jpeg->tables[4 + components[i].ac].is_there) return 1;
                components[i].mean = 0;
            }
            at = next;
            break;
        }
        at = next;
    }
    int most_h = 1, most_v = 1;
    for (int i = 0; i < count; i++) {
        if (components[i].h > most_h) most_h = components[i].h;
        if (components[i].v > most_v) most_v = components[i].v;
    }
    if (count == 1) components[0].h = components[0].v = most_h = most_v = 1;
    int64_t units = (int64_t)((width + 8 * most_h - 1) / (8 * most_h)) * ((height + 8 * most_v - 1) / (8 * most_v));
    bit_reader reader = {.at = at, .end = end};
    for (int64_t unit = 0; unit < units; unit++) {
        if (interval > 0 && unit > 0 && unit % interval == 0) {
            if (!ends_here(&reader)) return 0;
            if (reader.at + 2 > end || reader.at[0] != 0xFF || reader.at[1] != 0xD0 + (unit / interval - 1) % 8) return 0;
            reader = (bit_reader){.at = reader.at + 2, .end = end};
            for (int i = 0; i < count; i++) components[i].mean = 0;
        }
        for (int i = 0; i < count; i++) {
            component *c = &components[i];
            for (int block = 0; block < c->h * c->v; block++) {
                if (!read_block(&reader, c, &jpeg->tables[c->dc], &jpeg->tables[4 + c->ac], steps[c->quantiser])) return 0;
            }
        }
    }
    if (!ends_here(&reader)) return 0;
    at = reader.at;
    while (at + 1 < end && at[0] == 0xFF && at[1] == 0xFF) at++;
    return at + 1 < end && at[0] == 0xFF && at[1] == 0xD9;
}
