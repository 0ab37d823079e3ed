/* A cable with a delay and a loss, for kernels without netem.
 *
 *     delay_line NEAR FAR_NAMESPACE FAR DELAY LOSS SEED COUNTERS
 *
 * makes the TAP interface NEAR in its own network namespace and FAR in the one that the file FAR_NAMESPACE names, and
 * carries every frame between them, DELAY microseconds after it came. Of a million frames LOSS are dropped; which ones
 * follows from SEED and from the place of a frame in its direction alone. The file COUNTERS is memory to read at any
 * time: for each direction (NEAR to FAR first) how many frames came, were handed on, were dropped on purpose, and were
 * dropped because the line was full. Ends with SIGTERM, and the interfaces with it. Linux, any C compiler.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>

#define LONGEST 1522  /* an Ethernet frame with a VLAN tag */
#define ROOM 65536    /* frames on the way in one direction: 20 ms of 3 million a second */
#define AT_ONCE 128   /* frames taken from one side before the other has its turn */
#define TOGETHER 50000 /* nanoseconds: what is due so soon is sent now, for fewer awakenings */

struct frame {
    uint64_t due;
    uint32_t length;
    unsigned char bytes[LONGEST];
};

struct counters {
    uint64_t came, handed_on, dropped, overflowed;
};

struct direction {
    int from, to;
    struct frame *line; /* a ring; `first` and `next` only grow */
    uint64_t first, next, salt;
    struct counters *counted;
};

static void need(int fine, const char *what) {
    if (!fine) {
        perror(what);
        exit(1);
    }
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The finalizer of SplitMix64 (Steele, Lea, Flood, 2014): every bit of the result depends on every bit of the input. */
static uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static int interface(const char *name) {
    struct ifreq request;
    int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    need(tap >= 0 && any >= 0, "/dev/net/tun");
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    need(ioctl(tap, TUNSETIFF, &request) == 0, name);
    request.ifr_qlen = 20000; /* a scanner sends in bursts: they wait here and are not lost */
    need(ioctl(any, SIOCSIFTXQLEN, &request) == 0, "SIOCSIFTXQLEN");
    close(any);
    return tap;
}

static void enter(const char *path) {
    int space = open(path, O_RDONLY | O_CLOEXEC);
    need(space >= 0 && setns(space, CLONE_NEWNET) == 0, path);
    close(space);
}

static void take(struct direction *way, uint64_t delay, uint64_t loss) {
    static unsigned char thrown_away[LONGEST];
    for (int i = 0; i < AT_ONCE; i++) {
        int full = way->next - way->first == ROOM;
        struct frame *frame = &way->line[way->next % ROOM];
        ssize_t length = read(way->from, full ? thrown_away : frame->bytes, LONGEST);
        if (length <= 0)
            return;
        if (mixed(way->salt + way->counted->came++) % 1000000 < loss) {
            way->counted->dropped++;
        } else if (full) {
            way->counted->overflowed++;
        } else {
            frame->length = (uint32_t)length;
            frame->due = now() + delay;
            way->next++;
        }
    }
}

/* When the next frame is due, or `until` where none is before. */
static uint64_t hand_on(struct direction *way, uint64_t until) {
    uint64_t soon = now() + TOGETHER;
    for (; way->first != way->next; way->first++) {
        struct frame *frame = &way->line[way->first % ROOM];
        if (frame->due > soon)
            return frame->due < until ? frame->due : until;
        if (write(way->to, frame->bytes, frame->length) > 0) /* fails only while the interface is down */
            way->counted->handed_on++;
    }
    return until;
}

static void carry(struct direction ways[2], uint64_t delay, uint64_t loss) {
    for (;;) {
        uint64_t time = now(), next = time + 1000000000u;
        for (int i = 0; i < 2; i++)
            next = hand_on(&ways[i], next);
        time = now();
        struct timespec pause = {0, next > time ? (long)(next - time) : 0};
        if (pause.tv_nsec > 999999999)
            pause.tv_nsec = 999999999;
        struct pollfd both[2] = {{ways[0].from, POLLIN, 0}, {ways[1].from, POLLIN, 0}};
        if (ppoll(both, 2, &pause, NULL) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (both[i].revents & POLLIN)
                take(&ways[i], delay, loss);
    }
}

int main(int count, char **words) {
    if (count != 8) {
        fprintf(stderr, "usage: delay_line NEAR FAR_NAMESPACE FAR DELAY LOSS SEED COUNTERS\n");
        return 2;
    }
    uint64_t delay = strtoull(words[4], NULL, 10) * 1000, loss = strtoull(words[5], NULL, 10);
    uint64_t seed = strtoull(words[6], NULL, 10);
    int file = open(words[7], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    need(file >= 0 && ftruncate(file, 2 * sizeof(struct counters)) == 0, words[7]);
    struct counters *counted = mmap(NULL, 2 * sizeof *counted, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    need(counted != MAP_FAILED, "mmap");

    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    need(home >= 0, "/proc/self/ns/net");
    enter(words[2]);
    int far = interface(words[3]);
    need(setns(home, CLONE_NEWNET) == 0, "setns");
    int near = interface(words[1]); /* last: who sees it knows that both are there */

    struct direction ways[2] = {{.from = near, .to = far}, {.from = far, .to = near}};
    for (int i = 0; i < 2; i++) {
        ways[i].line = calloc(ROOM, sizeof(struct frame)); /* touched only as far as it is used */
        need(ways[i].line != NULL, "memory");
        ways[i].salt = mixed(seed * 2 + (uint64_t)i + 1);
        ways[i].counted = &counted[i];
    }
    carry(ways, delay, loss);
}
