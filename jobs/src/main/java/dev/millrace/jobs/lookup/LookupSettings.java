package dev.millrace.jobs.lookup;

import java.io.Serializable;

/**
 * What a look-up is to do.
 *
 * @param id which look-up of this process it is; whoever leases the same one gets the same server
 * @param address where it listens
 * @param people how many people it keeps at most; whoever was not heard of for longest goes
 */
public record LookupSettings(String id, LookupAddress address, int people)
    implements Serializable {}
