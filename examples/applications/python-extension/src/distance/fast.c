/* How many letters have to change to make one word of another. */
#include <Python.h>
#include <string.h>

static PyObject *distance(PyObject *self, PyObject *arguments) {
    const char *one, *other;
    int row[64];
    if (!PyArg_ParseTuple(arguments, "ss", &one, &other)) return NULL;
    int length = (int)strlen(other);
    if (length > 63) return PyErr_Format(PyExc_ValueError, "too long");
    for (int j = 0; j <= length; j++) row[j] = j;
    for (int i = 1; one[i - 1]; i++) {
        int diagonal = row[0]++;
        for (int j = 1; j <= length; j++) {
            int best = diagonal + (one[i - 1] != other[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return PyLong_FromLong(row[length]);
}

static PyMethodDef methods[] = {{"distance", distance, METH_VARARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", 0, -1, methods};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
