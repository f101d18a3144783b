/* Counts the primes below some powers of ten. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int primes_below(int limit) {
    char *composite = calloc(limit, 1);
    int count = 0;
    for (int n = 2; n < limit; n++) {
        if (composite[n]) continue;
        count++;
        for (long multiple = (long)n * n; multiple < limit; multiple += n) composite[multiple] = 1;
    }
    free(composite);
    return count;
}

int main(void) {
    for (int limit = 10; limit <= 1000000; limit *= 10) printf("%d %d\n", limit, primes_below(limit));
    printf("uid %d\n", getuid());
    return 0;
}
