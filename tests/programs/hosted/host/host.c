/* The program around hosted: calls it on its first thread, or, with an argument, on another one. */
#include <pthread.h>

extern int Enter(int how);

__attribute__((noinline)) int middle(int how) { return Enter(how) + 1; }

static void *other(void *how) {
	return middle(*(int *)how) ? how : 0;
}

int main(int count, char **words) {
	pthread_t thread;
	(void)words;
	if (count == 1)
		return middle(count);
	pthread_create(&thread, 0, other, &count);
	return pthread_join(thread, 0);
}
