/* The compiled twin of what every sentence is asked: its tokens, the index of the lexicon, the words that an entry needs,
 * folding, signs of a disguise, and the sums of the network. `tokens.py`, `index.py`, `needs.py`, `normalise.py`, `signs.py` and
 * `tone.py` say what each of them means and answer the same without it; `tests/lint/test_native.py` compares the two.
 *
 * A key is a text of any length as 64 bits: one character and two are kept whole, longer texts are hashed.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef unsigned char u8;

/* -- keys ---------------------------------------------------------------------------------------------- */

#define PAIRED (1ULL << 62)
#define HASHED (1ULL << 63)
#define SEED 0xcbf29ce484222325ULL

static inline u64 mixed(u64 state, u32 character) { return (state ^ character) * 0x100000001b3ULL; }

static inline u64 one(u32 character) { return character; }

static inline u64 two(u32 first, u32 second) { return PAIRED | ((u64)first << 21) | second; }

/* Keys of characters are told from words of one letter or two. */
#define OF_TWO (1ULL << 61)

static inline u64 many(u64 state)
{
    state ^= state >> 32;
    state *= 0xd6e8feb86659fd93ULL;
    state ^= state >> 29;
    return state | HASHED;
}

/* The key of characters that come one by one. */
typedef struct {
    u64 state;
    u32 count, first, second;
} Spelling;

static inline void begin(Spelling *word) { *word = (Spelling){SEED, 0, 0, 0}; }

static inline void spell(Spelling *word, u32 character)
{
    word->state = mixed(word->state, character);
    if (word->count == 0) {
        word->first = character;
    } else if (word->count == 1) {
        word->second = character;
    }
    word->count++;
}

static inline u64 spelled(const Spelling *word)
{
    if (word->count == 1) {
        return one(word->first);
    }
    return word->count == 2 ? two(word->first, word->second) : many(word->state);
}

static void spell_range(Spelling *word, int kind, const void *data, Py_ssize_t start, Py_ssize_t end)
{
    for (Py_ssize_t at = start; at < end; at++) {
        spell(word, PyUnicode_READ(kind, data, at));
    }
}

static u64 key_of(PyObject *text)
{
    Spelling word;
    begin(&word);
    spell_range(&word, PyUnicode_KIND(text), PyUnicode_DATA(text), 0, PyUnicode_GET_LENGTH(text));
    return spelled(&word);
}

static inline size_t slot_of(u64 key) { return (size_t)((key * 0x9e3779b97f4a7c15ULL) >> 20); }

static inline int is_han(u32 c) { return (c >= 0x3400 && c <= 0x9fff) || (c >= 0x20000 && c <= 0x3ffff); }
static inline int is_common_han(u32 c) { return c >= 0x3400 && c <= 0x9fff; }
static inline int is_digit(u32 c) { return c >= '0' && c <= '9'; }
static inline int is_letter(u32 c) { return c >= 'a' && c <= 'z'; }

static size_t room_for(size_t count)
{
    size_t room = 16;
    while (room < 2 * count) {
        room *= 2;
    }
    return room;
}

/* Keys to numbers, from 1; 0 stands for none. */
typedef struct {
    u64 *keys;
    u32 *numbers;
    size_t mask;
} Table;

static int table_made(Table *table, size_t count)
{
    size_t room = room_for(count + 1);
    table->keys = PyMem_Malloc(room * sizeof(u64));
    table->numbers = PyMem_Calloc(room, sizeof(u32));
    table->mask = room - 1;
    if (table->keys == NULL || table->numbers == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static void table_freed(Table *table)
{
    PyMem_Free(table->keys);
    PyMem_Free(table->numbers);
}

/* The number of a key, which stays as it is where the key was put before. */
static u32 table_put(Table *table, u64 key, u32 number)
{
    size_t slot = slot_of(key) & table->mask;
    while (table->numbers[slot]) {
        if (table->keys[slot] == key) {
            return table->numbers[slot];
        }
        slot = (slot + 1) & table->mask;
    }
    table->keys[slot] = key;
    table->numbers[slot] = number;
    return number;
}

static inline u32 table_get(const Table *table, u64 key)
{
    size_t slot = slot_of(key) & table->mask;
    while (table->numbers[slot]) {
        if (table->keys[slot] == key) {
            return table->numbers[slot];
        }
        slot = (slot + 1) & table->mask;
    }
    return 0;
}

/* -- tokens -------------------------------------------------------------------------------------------- */

#define OF_CHARACTERS 1
#define OF_LATIN 2

typedef struct {
    u32 start, end;
} Word;

typedef struct {
    PyObject_HEAD
    PyObject *text;
    int wide;
    u32 n_words, n_real_words, n_keys, n_han; /* a real word is no number */
    Word *words;
    u64 *keys; /* what the text holds, each once, in the order of the text */
    u8 *kinds; /* of each key: OF_CHARACTERS, OF_LATIN */
    u32 *han;
    Table places; /* of keys, from 1 */
    void *memory;
    PyObject *shown_words, *shown_latin, *shown_characters, *shown_han;
} Tokens;

static void put_token(Tokens *self, u64 key, u8 kind)
{
    u32 place = table_put(&self->places, key, self->n_keys + 1);
    if (place > self->n_keys) {
        self->keys[self->n_keys] = key;
        self->kinds[self->n_keys++] = 0;
    }
    self->kinds[place - 1] |= kind;
}

static inline int holds(const Tokens *self, u64 key, u8 kind)
{
    u32 place = table_get(&self->places, key);
    return place && (self->kinds[place - 1] & kind) != 0;
}

static inline int in_word(u32 c, int wide)
{
    return is_letter(c) || is_digit(c) || c == '_' || (!wide && c >= 'A' && c <= 'Z');
}

static PyTypeObject TokensType;

static PyObject *tokens_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *text;
    static char *names[] = {"text", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U", names, &text)) {
        return NULL;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (length > 0x3fffffff) {
        PyErr_SetString(PyExc_ValueError, "the text is too long");
        return NULL;
    }
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    int wide = !PyUnicode_IS_ASCII(text);
    /* Two words and what stands between them take three characters. */
    size_t most_words = (size_t)length / 2 + 1, most_keys = 2 * most_words + (wide ? 2 * (size_t)length : 0);
    Tokens *self = (Tokens *)type->tp_alloc(type, 0);
    if (self == NULL || table_made(&self->places, most_keys) < 0) {
        Py_XDECREF(self);
        return NULL;
    }
    char *memory = self->memory = PyMem_Malloc(
        most_keys * (sizeof(u64) + 1) + most_words * sizeof(Word) + (wide ? (size_t)length : 0) * sizeof(u32)
    );
    if (memory == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    self->text = Py_NewRef(text);
    self->wide = wide;
    /* The largest come first, so that each is aligned. */
    self->keys = (u64 *)memory;
    self->words = (Word *)(self->keys + most_keys);
    self->han = (u32 *)(self->words + most_words);
    self->kinds = (u8 *)(self->han + (wide ? length : 0));
    if (wide) {
        u32 before = 0;
        for (Py_ssize_t at = 0; at < length; at++) {
            u32 c = PyUnicode_READ(kind, data, at);
            put_token(self, one(c), OF_CHARACTERS);
            if (at) {
                put_token(self, two(before, c), OF_CHARACTERS);
            }
            if (is_common_han(c)) {
                self->han[self->n_han++] = c;
            }
            before = c;
        }
    }
    u64 state_before = 0;
    for (Py_ssize_t at = 0; at < length;) {
        if (!in_word(PyUnicode_READ(kind, data, at), wide)) {
            at++;
            continue;
        }
        Spelling word;
        begin(&word);
        Py_ssize_t start = at;
        /* The word before, `+`, and this one. */
        u64 joined = mixed(state_before, '+');
        int real = 0;
        for (; at < length; at++) {
            u32 c = PyUnicode_READ(kind, data, at);
            if (!in_word(c, wide)) {
                break;
            }
            real |= !is_digit(c);
            spell(&word, c);
            joined = mixed(joined, c);
        }
        put_token(self, spelled(&word), OF_CHARACTERS | OF_LATIN);
        if (self->n_words) {
            put_token(self, many(joined), OF_LATIN);
        }
        self->n_real_words += (u32)real;
        self->words[self->n_words++] = (Word){(u32)start, (u32)at};
        state_before = word.state;
    }
    return (PyObject *)self;
}

static void tokens_dealloc(Tokens *self)
{
    Py_XDECREF(self->text);
    Py_XDECREF(self->shown_words);
    Py_XDECREF(self->shown_latin);
    Py_XDECREF(self->shown_characters);
    Py_XDECREF(self->shown_han);
    PyMem_Free(self->memory);
    table_freed(&self->places);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *tokens_words(Tokens *self, void *unused)
{
    if (self->shown_words == NULL) {
        PyObject *made = PyList_New(self->n_words);
        for (u32 at = 0; made && at < self->n_words; at++) {
            PyObject *word = PyUnicode_Substring(self->text, self->words[at].start, self->words[at].end);
            if (word == NULL) {
                Py_CLEAR(made);
                break;
            }
            PyList_SET_ITEM(made, at, word);
        }
        self->shown_words = made;
    }
    return Py_XNewRef(self->shown_words);
}

static PyObject *tokens_latin(Tokens *self, void *unused)
{
    if (self->shown_latin == NULL) {
        PyObject *words = tokens_words(self, NULL);
        PyObject *made = words ? PySet_New(words) : NULL;
        for (u32 at = 1; made && at < self->n_words; at++) {
            PyObject *joined = PyUnicode_FromFormat(
                "%U+%U", PyList_GET_ITEM(words, at - 1), PyList_GET_ITEM(words, at)
            );
            if (joined == NULL || PySet_Add(made, joined) < 0) {
                Py_CLEAR(made);
            }
            Py_XDECREF(joined);
        }
        Py_XDECREF(words);
        self->shown_latin = made;
    }
    return Py_XNewRef(self->shown_latin);
}

static PyObject *tokens_characters(Tokens *self, void *unused)
{
    if (self->shown_characters == NULL) {
        PyObject *words = tokens_words(self, NULL);
        PyObject *made = words ? PySet_New(words) : NULL;
        Py_XDECREF(words);
        Py_ssize_t length = self->wide ? PyUnicode_GET_LENGTH(self->text) : 0;
        for (Py_ssize_t at = 0; made && at < length; at++) {
            for (Py_ssize_t size = 1; size < 3 && at + size <= length; size++) {
                PyObject *piece = PyUnicode_Substring(self->text, at, at + size);
                if (piece == NULL || PySet_Add(made, piece) < 0) {
                    Py_XDECREF(piece);
                    Py_CLEAR(made);
                    break;
                }
                Py_DECREF(piece);
            }
        }
        self->shown_characters = made;
    }
    return Py_XNewRef(self->shown_characters);
}

static PyObject *tokens_han(Tokens *self, void *unused)
{
    if (self->shown_han == NULL) {
        PyObject *made = PyList_New(self->n_han);
        for (u32 at = 0; made && at < self->n_han; at++) {
            PyObject *character = PyUnicode_FromOrdinal((int)self->han[at]);
            if (character == NULL) {
                Py_CLEAR(made);
                break;
            }
            PyList_SET_ITEM(made, at, character);
        }
        self->shown_han = made;
    }
    return Py_XNewRef(self->shown_han);
}

static PyObject *tokens_text(Tokens *self, void *unused) { return Py_NewRef(self->text); }

static PyObject *tokens_wide(Tokens *self, void *unused) { return PyBool_FromLong(self->wide); }

static PyObject *tokens_ideographs(Tokens *self, void *unused) { return PyLong_FromUnsignedLong(self->n_han); }

static PyObject *tokens_real_words(Tokens *self, void *unused) { return PyLong_FromUnsignedLong(self->n_real_words); }

static int is_sign(u32 c)
{
    return c == '|' || c == '+' || c == '*' || c == '#' || c == 0x20ac || c == 0xa3 || c == 0xa1;
}

/* Words of letters and others, letters three times, three words of one character, a sign or a line's end among letters. */
static PyObject *tokens_odd(Tokens *self, void *unused)
{
    if (!self->n_real_words) {
        Py_RETURN_FALSE;
    }
    int kind = PyUnicode_KIND(self->text);
    const void *data = PyUnicode_DATA(self->text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(self->text);
    u32 singles = 0;
    for (u32 number = 0; number < self->n_words; number++) {
        Word *word = &self->words[number];
        singles = word->end - word->start == 1 ? singles + 1 : 0;
        if (singles == 3) {
            Py_RETURN_TRUE;
        }
        u32 last = 0, before = 0;
        int letters = 0, others = 0;
        for (u32 at = word->start; at < word->end; at++) {
            u32 c = PyUnicode_READ(kind, data, at);
            if (is_digit(c)) {
                others++;
            } else if (c == '_') {
                Py_RETURN_TRUE;
            } else {
                letters++;
            }
            if ((letters && others) || (is_letter(c) && c == last && c == before)) {
                Py_RETURN_TRUE;
            }
            before = last;
            last = c;
        }
    }
    u32 last = 0;
    for (Py_ssize_t at = 0; at < length; at++) {
        u32 c = PyUnicode_READ(kind, data, at);
        u32 next = at + 1 < length ? PyUnicode_READ(kind, data, at + 1) : 0;
        if ((is_letter(last) && (is_sign(c) || c == '@' || (c == '$' && !is_digit(next)) ||
                                 (c == '!' && (is_letter(next) || is_digit(next))))) ||
            (is_letter(next) && (is_sign(c) || c == '$' || c == '!' || c == '@' || (c == '\n' && is_letter(last))))) {
            Py_RETURN_TRUE;
        }
        last = c;
    }
    Py_RETURN_FALSE;
}

static PyGetSetDef tokens_attributes[] = {
    {"text", (getter)tokens_text, NULL, NULL, NULL},
    {"wide", (getter)tokens_wide, NULL, NULL, NULL},
    {"words", (getter)tokens_words, NULL, NULL, NULL},
    {"latin", (getter)tokens_latin, NULL, NULL, NULL},
    {"characters", (getter)tokens_characters, NULL, NULL, NULL},
    {"han", (getter)tokens_han, NULL, NULL, NULL},
    {"ideographs", (getter)tokens_ideographs, NULL, NULL, NULL},
    {"real_words", (getter)tokens_real_words, NULL, NULL, NULL},
    {"odd", (getter)tokens_odd, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyTypeObject TokensType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "fairnotice.lint.wording._native.Tokens",
    .tp_basicsize = sizeof(Tokens),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "A folded text taken apart.",
    .tp_new = tokens_new,
    .tp_dealloc = (destructor)tokens_dealloc,
    .tp_getset = tokens_attributes,
};

static Tokens *as_tokens(PyObject *given)
{
    if (!PyObject_TypeCheck(given, &TokensType)) {
        PyErr_SetString(PyExc_TypeError, "expected tokens");
        return NULL;
    }
    return (Tokens *)given;
}

/* -- the index ----------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    Table table;
    u32 *marks; /* for each key: how many first groups, these, how many second groups, these */
    u64 *first, *second, *single;
    u32 n_blocks;
} Index;

#define MOST_ENTRIES 10000000

/* Numbers up to one of two ends; -1 for a text that holds anything else. */
static Py_ssize_t read_numbers(const char **at, const char *end, char stop, u32 *made, u32 *largest)
{
    Py_ssize_t count = 0;
    while (*at < end && **at != stop && **at != '\n') {
        if (**at == ' ') {
            (*at)++;
            continue;
        }
        u32 number = 0;
        if (!is_digit((u8) * *at)) {
            return -1;
        }
        while (*at < end && is_digit((u8) * *at)) {
            number = number * 10 + (u32)(**at - '0');
            if (number > MOST_ENTRIES) {
                return -1;
            }
            (*at)++;
        }
        made[count++] = number;
        if (number > *largest) {
            *largest = number;
        }
    }
    return count;
}

/* One kind's keys and marks, `used` numbers of marks in use before; -1 with an error set. */
static Py_ssize_t read_kind(
    Index *self, PyObject *name, PyObject *keys, const char *marks, Py_ssize_t size, Py_ssize_t used, u32 *largest
)
{
    int stems = PyUnicode_CompareWithASCIIString(name, "stem") == 0;
    u64 sort = PyUnicode_CompareWithASCIIString(name, "two") == 0 ? OF_TWO : 0;
    int kind = PyUnicode_KIND(keys);
    const void *data = PyUnicode_DATA(keys);
    Py_ssize_t length = PyUnicode_GET_LENGTH(keys);
    const char *at = marks, *end = marks + size;
    for (Py_ssize_t start = 0; length && start <= length;) {
        Py_ssize_t stop = start;
        Spelling word;
        begin(&word);
        while (stop < length && PyUnicode_READ(kind, data, stop) != '\n') {
            spell(&word, PyUnicode_READ(kind, data, stop++));
        }
        if (stems) {
            spell(&word, '*');
        }
        table_put(&self->table, spelled(&word) | sort, (u32)used + 1);
        int damaged = 0;
        for (int group = 0; group < 2 && !damaged; group++) {
            Py_ssize_t count = read_numbers(&at, end, '/', self->marks + used + 1, largest);
            damaged = count < 0 || (group == 0 && (at == end || *at++ != '/'));
            self->marks[used] = damaged ? 0 : (u32)count;
            used += damaged ? 0 : count + 1;
        }
        if (damaged || (at == end) != (stop == length) || (at < end && *at++ != '\n')) {
            PyErr_SetString(PyExc_ValueError, "the index is damaged");
            return -1;
        }
        start = stop + 1;
    }
    return used;
}

static PyObject *index_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *kinds, *single;
    if (!PyArg_ParseTuple(args, "O!U", &PyDict_Type, &kinds, &single)) {
        return NULL;
    }
    Py_ssize_t n_keys = 0, n_marks = 0, size;
    PyObject *name, *packed;
    for (Py_ssize_t at = 0; PyDict_Next(kinds, &at, &name, &packed);) {
        if (!PyUnicode_Check(name) || !PyList_Check(packed) || PyList_GET_SIZE(packed) != 2 ||
            !PyUnicode_Check(PyList_GET_ITEM(packed, 0)) || !PyUnicode_Check(PyList_GET_ITEM(packed, 1))) {
            PyErr_SetString(PyExc_TypeError, "expected lists of keys and marks by kind");
            return NULL;
        }
        const char *marks = PyUnicode_AsUTF8AndSize(PyList_GET_ITEM(packed, 1), &size);
        if (marks == NULL) {
            return NULL;
        }
        n_marks += size;
        for (const char *mark = marks; (mark = memchr(mark, '\n', (size_t)(marks + size - mark))) != NULL; mark++) {
            n_keys++;
        }
        n_keys++;
    }
    Index *self = (Index *)type->tp_alloc(type, 0);
    /* A number takes a character at least, and so does what stands behind it; a key has two counts. */
    if (self == NULL || table_made(&self->table, (size_t)n_keys) < 0 ||
        (self->marks = PyMem_Calloc((size_t)(n_marks + 4 * n_keys + 8), sizeof(u32))) == NULL) {
        goto failed;
    }
    u32 largest = 0;
    Py_ssize_t used = 0;
    for (Py_ssize_t at = 0; PyDict_Next(kinds, &at, &name, &packed);) {
        const char *marks = PyUnicode_AsUTF8AndSize(PyList_GET_ITEM(packed, 1), &size);
        used = marks ? read_kind(self, name, PyList_GET_ITEM(packed, 0), marks, size, used, &largest) : -1;
        if (used < 0) {
            goto failed;
        }
    }
    const char *numbers = PyUnicode_AsUTF8AndSize(single, &size);
    u32 *alone = numbers ? PyMem_Malloc((size_t)(size + 1) * sizeof(u32)) : NULL;
    if (alone == NULL) {
        goto failed;
    }
    const char *at = numbers;
    Py_ssize_t count = read_numbers(&at, numbers + size, '\n', alone, &largest);
    self->n_blocks = largest / 64 + 1;
    self->first = PyMem_Calloc(3 * (size_t)self->n_blocks, sizeof(u64));
    if (count < 0 || self->first == NULL) {
        PyMem_Free(alone);
        if (count < 0) {
            PyErr_SetString(PyExc_ValueError, "the index is damaged");
        }
        goto failed;
    }
    self->second = self->first + self->n_blocks;
    self->single = self->second + self->n_blocks;
    for (Py_ssize_t number = 0; number < count; number++) {
        self->single[alone[number] / 64] |= 1ULL << (alone[number] % 64);
    }
    PyMem_Free(alone);
    return (PyObject *)self;
failed:
    Py_XDECREF(self);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

static void index_dealloc(Index *self)
{
    table_freed(&self->table);
    PyMem_Free(self->marks);
    PyMem_Free(self->first);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static void mark_all(Index *self, u64 key)
{
    u32 place = table_get(&self->table, key);
    if (place == 0) {
        return;
    }
    const u32 *at = self->marks + place - 1;
    for (int group = 0; group < 2; group++) {
        u64 *blocks = group ? self->second : self->first;
        for (u32 left = *at++; left; left--, at++) {
            blocks[*at / 64] |= 1ULL << (*at % 64);
        }
    }
}

#define STEM 4

static void mark_tokens(Index *self, const Tokens *tokens)
{
    memset(self->first, 0, 2 * (size_t)self->n_blocks * sizeof(u64));
    for (u32 at = 0; at < tokens->n_keys; at++) {
        mark_all(self, tokens->keys[at] | (tokens->kinds[at] & OF_LATIN ? 0 : OF_TWO));
    }
    if (!tokens->n_real_words) {
        return;
    }
    int kind = PyUnicode_KIND(tokens->text);
    const void *data = PyUnicode_DATA(tokens->text);
    for (u32 number = 0; number < tokens->n_words; number++) {
        const Word *word = &tokens->words[number];
        if (word->end - word->start >= STEM) {
            Spelling stem;
            begin(&stem);
            spell_range(&stem, kind, data, word->start, word->start + STEM);
            spell(&stem, '*');
            mark_all(self, spelled(&stem));
        }
    }
}

static PyObject *index_candidates(Index *self, PyObject *given)
{
    Tokens *tokens = as_tokens(given);
    PyObject *made = tokens ? PyList_New(0) : NULL;
    if (made == NULL) {
        return NULL;
    }
    mark_tokens(self, tokens);
    for (u32 block = 0; block < self->n_blocks; block++) {
        u64 left = self->first[block] & (self->second[block] | self->single[block]);
        while (left) {
            u32 lowest = 0;
            while (!(left >> lowest & 1)) {
                lowest++;
            }
            left &= left - 1;
            PyObject *number = PyLong_FromUnsignedLong(block * 64UL + lowest);
            if (number == NULL || PyList_Append(made, number) < 0) {
                Py_XDECREF(number);
                Py_DECREF(made);
                return NULL;
            }
            Py_DECREF(number);
        }
    }
    return made;
}

static PyObject *as_number(const u64 *blocks, u32 count)
{
    while (count && blocks[count - 1] == 0) {
        count--;
    }
    if (count == 0) {
        return PyLong_FromLong(0);
    }
    u8 *bytes = PyMem_Malloc(8 * (size_t)count);
    if (bytes == NULL) {
        return PyErr_NoMemory();
    }
    for (size_t at = 0; at < 8 * (size_t)count; at++) {
        bytes[at] = (u8)(blocks[at / 8] >> (at % 8 * 8));
    }
    PyObject *made = PyObject_CallMethod(
        (PyObject *)&PyLong_Type, "from_bytes", "y#s", bytes, (Py_ssize_t)(8 * (size_t)count), "little"
    );
    PyMem_Free(bytes);
    return made;
}

static PyObject *index_marks(Index *self, PyObject *given)
{
    Tokens *tokens = as_tokens(given);
    if (tokens == NULL) {
        return NULL;
    }
    mark_tokens(self, tokens);
    PyObject *first = as_number(self->first, self->n_blocks);
    PyObject *second = first ? as_number(self->second, self->n_blocks) : NULL;
    if (second == NULL) {
        Py_XDECREF(first);
        return NULL;
    }
    return Py_BuildValue("(NN)", first, second);
}

static PyMethodDef index_methods[] = {
    {"candidates", (PyCFunction)index_candidates, METH_O, "Entries of which a text holds all groups of words."},
    {"marks", (PyCFunction)index_marks, METH_O, "Entries of which a text holds the first group, and the second."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject IndexType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "fairnotice.lint.wording._native.Index",
    .tp_basicsize = sizeof(Index),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Keys of four kinds to sets of entries.",
    .tp_new = index_new,
    .tp_dealloc = (destructor)index_dealloc,
    .tp_methods = index_methods,
};

/* -- what an entry needs ------------------------------------------------------------------------------- */

typedef struct {
    u64 key;         /* of a token, where `part` is NULL */
    PyObject *part;  /* letters or characters that stand anywhere */
    int last_piece, last_alternative; /* of its alternative, of its group */
} Piece;

typedef struct {
    PyObject_HEAD
    Py_ssize_t n_pieces;
    Piece *pieces;
    u8 kind;
} Needs;

static int add_piece(Needs *self, PyObject *text, int whole)
{
    if (text == NULL || !PyUnicode_Check(text) || PyUnicode_GET_LENGTH(text) == 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "expected pieces of text");
        }
        Py_XDECREF(text);
        return -1;
    }
    self->pieces[self->n_pieces++] = (Piece){whole ? key_of(text) : 0, whole ? NULL : Py_NewRef(text), 0, 0};
    Py_DECREF(text);
    return 0;
}

static int all_in_word(PyObject *text)
{
    for (Py_ssize_t at = 0; at < PyUnicode_GET_LENGTH(text); at++) {
        if (!in_word(PyUnicode_READ_CHAR(text, at), 1)) {
            return 0;
        }
    }
    return 1;
}

static int add_alternative(Needs *self, PyObject *alternative, int han)
{
    Py_ssize_t count = PyTuple_GET_SIZE(alternative);
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *piece = PyTuple_GET_ITEM(alternative, at);
        if (!PyUnicode_Check(piece) || PyUnicode_GET_LENGTH(piece) == 0) {
            PyErr_SetString(PyExc_TypeError, "expected pieces of text");
            return -1;
        }
        Py_ssize_t length = PyUnicode_GET_LENGTH(piece);
        int failed;
        if (!han) {
            u32 sign = PyUnicode_READ_CHAR(piece, 0);
            int whole = sign != '~' && sign != '^';
            failed = add_piece(self, whole ? Py_NewRef(piece) : PyUnicode_Substring(piece, 1, length), whole);
        } else {
            int word = all_in_word(piece), whole = word || length <= 2;
            failed = 0;
            if (at == 0) {
                /* The first two characters are looked up, which is faster than to look for all of them. */
                failed = add_piece(self, whole ? Py_NewRef(piece) : PyUnicode_Substring(piece, 0, 2), 1);
            }
            if (!failed && (at > 0 || !whole || count > 1)) {
                failed = add_piece(self, Py_NewRef(piece), 0);
            }
        }
        if (failed) {
            return -1;
        }
    }
    return 0;
}

static PyObject *needs_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *groups;
    int han;
    if (!PyArg_ParseTuple(args, "O!p", &PyList_Type, &groups, &han)) {
        return NULL;
    }
    size_t most = 1;
    for (Py_ssize_t group = 0; group < PyList_GET_SIZE(groups); group++) {
        PyObject *alternatives = PyList_GET_ITEM(groups, group);
        if (!PyList_Check(alternatives) || PyList_GET_SIZE(alternatives) == 0) {
            PyErr_SetString(PyExc_TypeError, "expected lists of alternatives");
            return NULL;
        }
        for (Py_ssize_t at = 0; at < PyList_GET_SIZE(alternatives); at++) {
            PyObject *alternative = PyList_GET_ITEM(alternatives, at);
            if (!PyTuple_Check(alternative) || PyTuple_GET_SIZE(alternative) == 0) {
                PyErr_SetString(PyExc_TypeError, "expected tuples of pieces");
                return NULL;
            }
            most += (size_t)PyTuple_GET_SIZE(alternative) + 1;
        }
    }
    Needs *self = (Needs *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->kind = han ? OF_CHARACTERS : OF_LATIN;
    self->pieces = PyMem_Calloc(most, sizeof(Piece));
    if (self->pieces == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    for (Py_ssize_t group = 0; group < PyList_GET_SIZE(groups); group++) {
        PyObject *alternatives = PyList_GET_ITEM(groups, group);
        for (Py_ssize_t at = 0; at < PyList_GET_SIZE(alternatives); at++) {
            if (add_alternative(self, PyList_GET_ITEM(alternatives, at), han) < 0) {
                Py_DECREF(self);
                return NULL;
            }
            self->pieces[self->n_pieces - 1].last_piece = 1;
        }
        self->pieces[self->n_pieces - 1].last_alternative = 1;
    }
    return (PyObject *)self;
}

static void needs_dealloc(Needs *self)
{
    for (Py_ssize_t at = 0; at < self->n_pieces; at++) {
        Py_XDECREF(self->pieces[at].part);
    }
    PyMem_Free(self->pieces);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *needs_met(Needs *self, PyObject *given)
{
    Tokens *tokens = as_tokens(given);
    if (tokens == NULL) {
        return NULL;
    }
    int found = 0, missing = 0;
    for (Py_ssize_t at = 0; at < self->n_pieces; at++) {
        const Piece *piece = &self->pieces[at];
        if (!found && !missing) {
            int there = piece->part ? PyUnicode_Contains(tokens->text, piece->part)
                                    : holds(tokens, piece->key, self->kind);
            if (there < 0) {
                return NULL;
            }
            missing = !there;
        }
        if (piece->last_piece) {
            found |= !missing;
            missing = 0;
        }
        if (piece->last_alternative) {
            if (!found) {
                Py_RETURN_FALSE;
            }
            found = 0;
        }
    }
    Py_RETURN_TRUE;
}

static PyMethodDef needs_methods[] = {
    {"met", (PyCFunction)needs_met, METH_O, "Whether a text holds one alternative of each group."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject NeedsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "fairnotice.lint.wording._native.Needs",
    .tp_basicsize = sizeof(Needs),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Groups of alternatives, of which a text that an entry matches holds one each.",
    .tp_new = needs_new,
    .tp_dealloc = (destructor)needs_dealloc,
    .tp_methods = needs_methods,
};

/* -- sets of characters -------------------------------------------------------------------------------- */

#define BASIC 0x10000

typedef struct {
    PyObject_HEAD
    u8 known[BASIC / 8];
} Characters;

static PyObject *characters_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return PyArg_ParseTuple(args, "") ? type->tp_alloc(type, 0) : NULL;
}

static void characters_dealloc(Characters *self) { Py_TYPE(self)->tp_free((PyObject *)self); }

static PyObject *characters_add(Characters *self, PyObject *character)
{
    if (!PyUnicode_Check(character) || PyUnicode_GET_LENGTH(character) != 1) {
        PyErr_SetString(PyExc_TypeError, "expected one character");
        return NULL;
    }
    u32 c = PyUnicode_READ_CHAR(character, 0);
    /* Rare characters are asked about each time. */
    if (c < BASIC) {
        self->known[c / 8] |= (u8)(1 << (c % 8));
    }
    Py_RETURN_NONE;
}

static int knows(const Characters *self, PyObject *text)
{
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    for (Py_ssize_t at = 0; at < length; at++) {
        u32 c = PyUnicode_READ(kind, data, at);
        if (c >= BASIC || !(self->known[c / 8] >> (c % 8) & 1)) {
            return 0;
        }
    }
    return 1;
}

static PyObject *characters_issuperset(Characters *self, PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "expected a text");
        return NULL;
    }
    return PyBool_FromLong(knows(self, text));
}

static int characters_contains(PyObject *self, PyObject *character)
{
    return PyUnicode_Check(character) && PyUnicode_GET_LENGTH(character) == 1 &&
           knows((Characters *)self, character);
}

static PyMethodDef characters_methods[] = {
    {"add", (PyCFunction)characters_add, METH_O, "Add a character of the basic plane."},
    {"issuperset", (PyCFunction)characters_issuperset, METH_O, "Whether all characters of a text are known."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods characters_sequence = {.sq_contains = characters_contains};

static PyTypeObject CharactersType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "fairnotice.lint.wording._native.Characters",
    .tp_basicsize = sizeof(Characters),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "A set of characters of the basic plane.",
    .tp_new = characters_new,
    .tp_dealloc = (destructor)characters_dealloc,
    .tp_methods = characters_methods,
    .tp_as_sequence = &characters_sequence,
};

/* -- folding ------------------------------------------------------------------------------------------- */

enum { UNKNOWN, ALONE, TAKES_MORE };

typedef struct {
    PyObject_HEAD
    uint16_t folded[BASIC];
    u8 state[BASIC];
    PyObject *ask; /* a character to what it folds to */
} Folder;

static PyObject *folder_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *ask;
    if (!PyArg_ParseTuple(args, "O", &ask)) {
        return NULL;
    }
    Folder *self = (Folder *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->ask = Py_NewRef(ask);
    }
    return (PyObject *)self;
}

static void folder_dealloc(Folder *self)
{
    Py_XDECREF(self->ask);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int folder_learns(Folder *self, u32 character)
{
    PyObject *text = PyUnicode_FromOrdinal((int)character);
    PyObject *folded = text ? PyObject_CallOneArg(self->ask, text) : NULL;
    Py_XDECREF(text);
    if (folded == NULL) {
        return -1;
    }
    self->state[character] = TAKES_MORE;
    if (PyUnicode_Check(folded) && PyUnicode_GET_LENGTH(folded) == 1 && PyUnicode_READ_CHAR(folded, 0) < BASIC) {
        self->state[character] = ALONE;
        self->folded[character] = (uint16_t)PyUnicode_READ_CHAR(folded, 0);
    }
    Py_DECREF(folded);
    return 0;
}

/* A text whose characters fold one by one, with no blank between ideographs; None for any other. */
static PyObject *folder_fold(Folder *self, PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "expected a text");
        return NULL;
    }
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    uint16_t near[512], *made = near;
    u32 all = 0, last = 0; /* the last one that is no blank */
    int same = 1, apart = 0;
    if (length > 512 && (made = PyMem_Malloc((size_t)length * sizeof(uint16_t))) == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *result = NULL;
    for (Py_ssize_t at = 0; at < length; at++) {
        u32 c = PyUnicode_READ(kind, data, at);
        if (c < BASIC && self->state[c] == UNKNOWN && folder_learns(self, c) < 0) {
            goto done;
        }
        u32 folded = c < BASIC ? self->folded[c] : 0;
        if (c >= BASIC || self->state[c] != ALONE || (apart && is_han(folded) && is_han(last))) {
            result = Py_NewRef(Py_None);
            goto done;
        }
        made[at] = (uint16_t)folded;
        same &= folded == c;
        all |= folded;
        apart = Py_UNICODE_ISSPACE(folded);
        last = apart ? last : folded;
    }
    if (same) {
        result = Py_NewRef(text);
    } else if ((result = PyUnicode_New(length, all < 0x80 ? 0x7f : all < 0x100 ? 0xff : 0xffff))) {
        for (Py_ssize_t at = 0; at < length; at++) {
            PyUnicode_WRITE(PyUnicode_KIND(result), PyUnicode_DATA(result), at, made[at]);
        }
    }
done:
    if (made != near) {
        PyMem_Free(made);
    }
    return result;
}

static PyMethodDef folder_methods[] = {
    {"fold", (PyCFunction)folder_fold, METH_O, "A text folded character by character; None where that takes more."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject FolderType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "fairnotice.lint.wording._native.Folder",
    .tp_basicsize = sizeof(Folder),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Characters to what they fold to.",
    .tp_new = folder_new,
    .tp_dealloc = (destructor)folder_dealloc,
    .tp_methods = folder_methods,
};

/* -- signs of a disguise ------------------------------------------------------------------------------- */

enum { TWICE = 1, SPLIT_UP = 2, HEARD = 4, PICTURE = 8, LETTER = 16, AHEAD = 32, BEHIND = 64, STOPPED = 128 };
enum { IS_PICTURE = 1, IS_DOUBLED = 2, IS_NOISE = 4, IS_UNIT = 8, IS_STOP = 16, BEGINS_SPLIT = 32, BEGINS_SOUND = 64 };

typedef struct {
    PyObject_HEAD
    u8 flags[BASIC];
    uint16_t sound[BASIC]; /* the character that stands for a syllable; 0 for the character itself */
    PyObject *pictures;    /* those above the basic plane */
    Table split;
    Table sounds; /* two syllables to the first of their words, from 1 */
    PyObject *words;
    u32 *next; /* the next word that begins alike, from 1 */
} Teller;

static int flag_all(Teller *self, PyObject *text, u8 flag)
{
    for (Py_ssize_t at = 0; at < PyUnicode_GET_LENGTH(text); at++) {
        u32 c = PyUnicode_READ_CHAR(text, at);
        if (c < BASIC) {
            self->flags[c] |= flag;
        } else if (flag != IS_PICTURE) {
            PyErr_SetString(PyExc_ValueError, "expected characters of the basic plane");
            return -1;
        }
    }
    return 0;
}

static inline u32 sound_of(const Teller *self, u32 c) { return c < BASIC && self->sound[c] ? self->sound[c] : c; }

static PyObject *teller_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *pictures, *doubled, *noise, *units, *stops, *split, *written, *heard, *words;
    if (!PyArg_ParseTuple(args, "UUUUUO!UUO!", &pictures, &doubled, &noise, &units, &stops, &PyList_Type, &split,
                          &written, &heard, &PyList_Type, &words)) {
        return NULL;
    }
    Teller *self = (Teller *)type->tp_alloc(type, 0);
    size_t n_words = (size_t)PyList_GET_SIZE(words), n_split = (size_t)PyList_GET_SIZE(split);
    if (self == NULL || table_made(&self->split, n_split) < 0 || table_made(&self->sounds, n_words) < 0 ||
        (self->next = PyMem_Calloc(n_words + 1, sizeof(u32))) == NULL) {
        goto failed;
    }
    self->pictures = Py_NewRef(pictures);
    self->words = PyList_AsTuple(words);
    if (self->words == NULL || flag_all(self, pictures, IS_PICTURE) < 0 || flag_all(self, doubled, IS_DOUBLED) < 0 ||
        flag_all(self, noise, IS_NOISE) < 0 || flag_all(self, units, IS_UNIT) < 0 ||
        flag_all(self, stops, IS_STOP) < 0) {
        goto failed;
    }
    if (PyUnicode_GET_LENGTH(written) != PyUnicode_GET_LENGTH(heard)) {
        PyErr_SetString(PyExc_ValueError, "expected a sound for each character");
        goto failed;
    }
    for (Py_ssize_t at = 0; at < PyUnicode_GET_LENGTH(written); at++) {
        u32 c = PyUnicode_READ_CHAR(written, at), sound = PyUnicode_READ_CHAR(heard, at);
        if (c < BASIC && sound < BASIC) {
            self->sound[c] = (uint16_t)sound;
        }
    }
    for (size_t number = 0; number < n_split + n_words; number++) {
        int is_split = number < n_split;
        PyObject *word = is_split ? PyList_GET_ITEM(split, number) : PyTuple_GET_ITEM(self->words, number - n_split);
        if (!PyUnicode_Check(word) || PyUnicode_GET_LENGTH(word) < 2 || PyUnicode_READ_CHAR(word, 0) >= BASIC) {
            PyErr_SetString(PyExc_ValueError, "expected words of the basic plane");
            goto failed;
        }
        u32 first = PyUnicode_READ_CHAR(word, 0), second = PyUnicode_READ_CHAR(word, 1);
        if (is_split) {
            self->flags[first] |= BEGINS_SPLIT;
            table_put(&self->split, two(first, second), 1);
        } else {
            first = sound_of(self, first);
            self->flags[first] |= BEGINS_SOUND;
            u32 here = (u32)(number - n_split) + 1;
            u32 before = table_put(&self->sounds, two(first, sound_of(self, second)), here);
            if (before != here) {
                self->next[here] = self->next[before];
                self->next[before] = here;
            }
        }
    }
    return (PyObject *)self;
failed:
    Py_XDECREF(self);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

static void teller_dealloc(Teller *self)
{
    Py_XDECREF(self->pictures);
    Py_XDECREF(self->words);
    table_freed(&self->split);
    table_freed(&self->sounds);
    PyMem_Free(self->next);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static inline int flagged(const Teller *self, u32 c, u8 flag) { return c < BASIC && (self->flags[c] & flag); }

static int sounds_like_another(const Teller *self, PyObject *word, int kind, const void *data, Py_ssize_t left, Py_ssize_t at)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(word);
    int other = 0;
    if (length > left) {
        return 0;
    }
    for (Py_ssize_t place = 0; place < length; place++) {
        u32 meant = PyUnicode_READ_CHAR(word, place), c = PyUnicode_READ(kind, data, at + place);
        if (sound_of(self, c) != sound_of(self, meant)) {
            return 0;
        }
        other |= c != meant;
    }
    return other;
}

static PyObject *teller_told(Teller *self, PyObject *given)
{
    Tokens *tokens = as_tokens(given);
    if (tokens == NULL) {
        return NULL;
    }
    int kind = PyUnicode_KIND(tokens->text), told = 0;
    const void *data = PyUnicode_DATA(tokens->text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(tokens->text);
    for (Py_ssize_t at = 0; at < length; at++) {
        u32 c = PyUnicode_READ(kind, data, at);
        u32 next = at + 1 < length ? PyUnicode_READ(kind, data, at + 1) : 0;
        if (flagged(self, c, IS_PICTURE) || (c >= BASIC && PyUnicode_FindChar(self->pictures, c, 0, PyUnicode_GET_LENGTH(self->pictures), 1) >= 0)) {
            told |= PICTURE;
        }
        if (flagged(self, c, IS_STOP) && next >= 0x80 && at + 2 < length &&
            flagged(self, PyUnicode_READ(kind, data, at + 2), IS_STOP)) {
            told |= STOPPED;
        }
        if (!is_han(c)) {
            continue;
        }
        if (c == next && !flagged(self, c, IS_DOUBLED)) {
            told |= TWICE;
        }
        if (is_han(next)) {
            if (flagged(self, c, BEGINS_SPLIT) && table_get(&self->split, two(c, next))) {
                told |= SPLIT_UP;
            }
            if (!(told & HEARD) && flagged(self, sound_of(self, c), BEGINS_SOUND)) {
                u32 number = table_get(&self->sounds, two(sound_of(self, c), sound_of(self, next)));
                for (; number; number = self->next[number]) {
                    if (sounds_like_another(
                            self, PyTuple_GET_ITEM(self->words, number - 1), kind, data, length - at, at
                        )) {
                        told |= HEARD;
                        break;
                    }
                }
            }
            continue;
        }
        if (!is_common_han(c) || at + 2 >= length) {
            continue;
        }
        u32 third = PyUnicode_READ(kind, data, at + 2);
        if (is_common_han(third) && (is_letter(next) || (is_digit(next) && !flagged(self, third, IS_UNIT)))) {
            told |= LETTER;
        }
        if (flagged(self, next, IS_NOISE) || Py_UNICODE_ISSPACE(next)) {
            u32 fourth = at + 3 < length ? PyUnicode_READ(kind, data, at + 3) : 0;
            if (is_common_han(third) ||
                ((flagged(self, third, IS_NOISE) || Py_UNICODE_ISSPACE(third)) && is_common_han(fourth))) {
                told |= AHEAD | BEHIND;
            }
        }
    }
    return PyLong_FromLong(told);
}

static PyMethodDef teller_methods[] = {
    {"told", (PyCFunction)teller_told, METH_O, "What a text tells of disguises."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject TellerType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "fairnotice.lint.wording._native.Teller",
    .tp_basicsize = sizeof(Teller),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Signs of a disguise.",
    .tp_new = teller_new,
    .tp_dealloc = (destructor)teller_dealloc,
    .tp_methods = teller_methods,
};

/* -- the network --------------------------------------------------------------------------------------- */

#define UNITS 8
#define MIDDLE 128
#define LONG_STEM 5

typedef struct {
    PyObject_HEAD
    Table table;
    PyObject *weights; /* bytes, UNITS for each feature */
    double bias, start[UNITS], scale[UNITS], weight[UNITS];
} Network;

typedef struct {
    long sums[UNITS];
    const Network *network;
    const u8 *weights;
} Sum;

static inline void weigh(Sum *sum, u64 key)
{
    u32 place = table_get(&sum->network->table, key);
    if (place) {
        const u8 *row = sum->weights + (size_t)(place - 1) * UNITS;
        for (int unit = 0; unit < UNITS; unit++) {
            sum->sums[unit] += (long)row[unit] - MIDDLE;
        }
    }
}

/* The next character of UTF-8 that is known to be well formed; what is cut off reads as 0. */
static u32 next_character(const u8 **at, const u8 *end)
{
    u32 c = *(*at)++;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    if (more) {
        c &= 0x3fu >> more;
    }
    for (; more; more--) {
        c = c << 6 | (*at < end ? *(*at)++ & 0x3fu : 0);
    }
    return c;
}

static PyObject *network_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *names, *weights, *units;
    double bias;
    if (!PyArg_ParseTuple(args, "SSdO!", &names, &weights, &bias, &PyList_Type, &units)) {
        return NULL;
    }
    const u8 *at = (const u8 *)PyBytes_AS_STRING(names), *end = at + PyBytes_GET_SIZE(names);
    size_t count = 1;
    for (const u8 *tab = at; (tab = memchr(tab, '\t', (size_t)(end - tab))) != NULL; tab++) {
        count++;
    }
    if ((size_t)PyBytes_GET_SIZE(weights) != count * UNITS || PyList_GET_SIZE(units) != UNITS) {
        PyErr_SetString(PyExc_ValueError, "the network is damaged");
        return NULL;
    }
    Network *self = (Network *)type->tp_alloc(type, 0);
    if (self == NULL || table_made(&self->table, count) < 0) {
        Py_XDECREF(self);
        return NULL;
    }
    self->weights = Py_NewRef(weights);
    self->bias = bias;
    for (int unit = 0; unit < UNITS; unit++) {
        PyObject *numbers = PyList_GET_ITEM(units, unit);
        if (!PyTuple_Check(numbers) ||
            !PyArg_ParseTuple(numbers, "ddd", &self->start[unit], &self->scale[unit], &self->weight[unit])) {
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_TypeError, "expected three numbers for each unit");
            }
            Py_DECREF(self);
            return NULL;
        }
    }
    for (u32 number = 1; number <= count; number++) {
        Spelling word;
        begin(&word);
        while (at < end && *at != '\t') {
            spell(&word, next_character(&at, end));
        }
        at++;
        table_put(&self->table, spelled(&word), number);
    }
    return (PyObject *)self;
}

static void network_dealloc(Network *self)
{
    table_freed(&self->table);
    Py_XDECREF(self->weights);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static void weigh_han(Sum *sum, const Tokens *tokens)
{
    const u32 *han = tokens->han;
    u32 count = tokens->n_han;
    if (count == 0) {
        return;
    }
    for (u32 at = 0; at < tokens->n_keys; at++) {
        if (tokens->kinds[at] & OF_CHARACTERS) {
            weigh(sum, tokens->keys[at]);
        }
    }
    Spelling edge;
    begin(&edge);
    spell(&edge, '^');
    for (u32 at = 0; at < count && at < 3; at++) {
        spell(&edge, han[at]);
        weigh(sum, spelled(&edge));
    }
    weigh(sum, two(han[count - 1], '$'));
    begin(&edge);
    for (u32 at = count > 1 ? count - 2 : 0; at < count; at++) {
        spell(&edge, han[at]);
    }
    spell(&edge, '$');
    weigh(sum, spelled(&edge));
}

static int weigh_latin(Sum *sum, const Tokens *tokens)
{
    if (tokens->n_words == 0) {
        return 0;
    }
    for (u32 at = 0; at < tokens->n_keys; at++) {
        if (tokens->kinds[at] & OF_LATIN) {
            weigh(sum, tokens->keys[at]);
        }
    }
    int kind = PyUnicode_KIND(tokens->text);
    const void *data = PyUnicode_DATA(tokens->text);
    /* The beginnings of long words, each once. */
    u64 near[64], *stems = tokens->n_words <= 64 ? near : PyMem_Malloc(tokens->n_words * sizeof(u64));
    if (stems == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    u32 n_stems = 0;
    for (u32 number = 0; number < tokens->n_words; number++) {
        const Word *word = &tokens->words[number];
        if (word->end - word->start <= LONG_STEM) {
            continue;
        }
        Spelling stem;
        begin(&stem);
        spell_range(&stem, kind, data, word->start, word->start + LONG_STEM);
        spell(&stem, '*');
        u64 key = spelled(&stem);
        u32 at = 0;
        while (at < n_stems && stems[at] != key) {
            at++;
        }
        if (at == n_stems) {
            stems[n_stems++] = key;
            weigh(sum, key);
        }
    }
    if (stems != near) {
        PyMem_Free(stems);
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(tokens->text);
    for (int mark = 0; mark < 2; mark++) {
        if (PyUnicode_FindChar(tokens->text, "?!"[mark], 0, length, 1) >= 0) {
            weigh(sum, one("?!"[mark]));
        }
    }
    const Word *last = &tokens->words[tokens->n_words - 1];
    Spelling edge;
    begin(&edge);
    spell_range(&edge, kind, data, last->start, last->end);
    spell(&edge, '$');
    weigh(sum, spelled(&edge));
    begin(&edge);
    spell(&edge, '^');
    for (u32 number = 0; number < 3 && number < tokens->n_words; number++) {
        if (number) {
            spell(&edge, '+');
        }
        spell_range(&edge, kind, data, tokens->words[number].start, tokens->words[number].end);
        weigh(sum, spelled(&edge));
    }
    return 0;
}

static PyObject *network_logit(Network *self, PyObject *args)
{
    PyObject *given, *others;
    int han;
    if (!PyArg_ParseTuple(args, "OpO", &given, &han, &others)) {
        return NULL;
    }
    Tokens *tokens = as_tokens(given);
    if (tokens == NULL) {
        return NULL;
    }
    Sum sum = {{0}, self, (const u8 *)PyBytes_AS_STRING(self->weights)};
    if (han) {
        weigh_han(&sum, tokens);
    } else if (weigh_latin(&sum, tokens) < 0) {
        return NULL;
    }
    if (PyObject_Length(others) > 0) {
        PyObject *all = PySequence_List(others);
        for (Py_ssize_t at = 0; all && at < PyList_GET_SIZE(all); at++) {
            if (!PyUnicode_Check(PyList_GET_ITEM(all, at))) {
                PyErr_SetString(PyExc_TypeError, "expected features as texts");
                Py_CLEAR(all);
                break;
            }
            weigh(&sum, key_of(PyList_GET_ITEM(all, at)));
        }
        if (all == NULL) {
            return NULL;
        }
        Py_DECREF(all);
    }
    if (PyErr_Occurred()) {
        return NULL;
    }
    double logit = self->bias;
    for (int unit = 0; unit < UNITS; unit++) {
        double total = self->start[unit] + self->scale[unit] * (double)sum.sums[unit];
        if (total > 0) {
            logit += self->weight[unit] * total;
        }
    }
    return PyFloat_FromDouble(logit);
}

static PyObject *network_place(Network *self, PyObject *feature)
{
    if (!PyUnicode_Check(feature)) {
        PyErr_SetString(PyExc_TypeError, "expected a feature as text");
        return NULL;
    }
    return PyLong_FromLong((long)table_get(&self->table, key_of(feature)) - 1);
}

static PyMethodDef network_methods[] = {
    {"logit", (PyCFunction)network_logit, METH_VARARGS, "The logit of a text, with other features."},
    {"place", (PyCFunction)network_place, METH_O, "The place of a feature, -1 for one that is not known."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject NetworkType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "fairnotice.lint.wording._native.Network",
    .tp_basicsize = sizeof(Network),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Features to their weights for all units.",
    .tp_new = network_new,
    .tp_dealloc = (destructor)network_dealloc,
    .tp_methods = network_methods,
};

/* -- the module ---------------------------------------------------------------------------------------- */

static int module_filled(PyObject *module)
{
    PyTypeObject *types[] = {&TokensType, &IndexType, &NeedsType, &CharactersType, &FolderType, &TellerType, &NetworkType};
    for (size_t at = 0; at < sizeof(types) / sizeof(types[0]); at++) {
        if (PyModule_AddType(module, types[at]) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_filled}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_native",
    .m_doc = "The compiled twin of what every sentence is asked.",
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&module); }
