package dev.millrace.pipelines.recommend;

import org.jspecify.annotations.Nullable;

/**
 * What has changed about the items that are near to one, and what people see of it. To be applied
 * in the order of {@link #sequence}. Items have numbers here, from 0 without gaps, that the {@link
 * NeighboursOperator} of the job gives to each that has had a vector. Public for Flink's serializer
 * only.
 */
public final class NearItems {
  static final int NONE = -1;

  public String itemId = "";

  /** The number of the item; {@link #NONE} where it never had a vector. */
  public int number = NONE;

  /** Of all that the job's operator tells, which one this is. */
  public long sequence;

  /** What people see of the item from now on; null where that is as it was. */
  public @Nullable String title;

  /** The items nearest to it from now on, nearest first, of equals the one with the lower id. */
  public int[] near = {};

  /** The cosine of each of {@link #near}. */
  public float[] cosines = {};

  /** In whose lists the item has a place from now on. */
  public int[] entered = {};

  /** The cosine of each of {@link #entered}. */
  public float[] enteredCosines = {};

  /** Whether nothing is alike to it any longer but {@link #alike}. */
  public boolean afresh;

  /** What is alike to it from now on, beside what was; empty where nobody asks. */
  public int[] alike = {};

  public NearItems() {}
}
